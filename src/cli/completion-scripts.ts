/** Shells that can be taught. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * The scripts ask the program itself at each Tab (`homeostat __complete`), so that they never get old. What they hand
 * over is the line up to the cursor, in words.
 */
export const completionScripts: Readonly<Record<Shell, string>> = {
  // bash breaks words at = and : too, and puts the answer in place of the last part alone; macOS has bash 3.2.
  bash: String.raw`# bash completion for homeostat
_homeostat() {
  local line=${'${COMP_LINE:0:COMP_POINT}'} words current candidate
  read -r -a words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current=${'${words[${#words[@]}-1]}'}
  COMPREPLY=()
  while IFS=$'\t' read -r candidate _; do
    if [[ $candidate == ":files" ]]; then
      while IFS= read -r candidate; do COMPREPLY+=("$candidate"); done < <(compgen -f -- "$current")
      compopt -o filenames 2>/dev/null
      return
    fi
    [[ $current == *=* ]] && candidate=${'${candidate#"${current%=*}"=}'}
    COMPREPLY+=("$candidate")
  done < <("$1" __complete -- "${'${words[@]:1}'}" 2>/dev/null)
}
complete -F _homeostat homeostat
`,
  zsh: String.raw`#compdef homeostat
# zsh completion for homeostat
_homeostat() {
  local -a lines candidates
  local line
  lines=("${'${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}'}")
  if [[ ${"${lines[1]%%$'\\t'*}"} == ":files" ]]; then
    _files
    return
  fi
  for line in $lines; do
    candidates+=("${"${${line%%$'\\t'*}//:/\\\\:}"}:${"${line#*$'\\t'}"}")
  done
  _describe homeostat candidates
}
if [[ $funcstack[1] == _homeostat ]]; then
  _homeostat "$@"
else
  compdef _homeostat homeostat
fi
`,
  fish: String.raw`# fish completion for homeostat
function __homeostat_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -q current[1]; or set current ''
  set -l lines ($words[1] __complete -- $words[2..-1] $current 2>/dev/null)
  if string match -q ':files*' -- $lines[1]
    __fish_complete_path $current
    return
  end
  printf '%s\n' $lines
end
complete -c homeostat -f -a '(__homeostat_complete)'
`,
};
