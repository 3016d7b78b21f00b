import { defaultTenant, type ResourceKey } from './identity.ts';

/**
 * A command as people are told to run it: `homeostat describe Instance/web --tenant blue`. The tenant is left out where it
 * is the one that commands take by themselves. `words` is what follows the program's name.
 */
export function toldCommand(words: string, { tenant }: Pick<ResourceKey, 'tenant'>): string {
  return `homeostat ${words}${tenant === defaultTenant ? '' : ` --tenant ${tenant}`}`;
}
