'use strict';
/** What a person sees while the bootstrap works: one line an action, counting seconds on a terminal, dots elsewhere. */

class BootstrapError extends Error {}

const TICK_MS = 1000;

/** Runs `work` as one printed line. `work` gives the words that end it, if it has better ones. */
async function withLine(subject, text, work) {
  const out = process.stderr;
  const isTerminal = out.isTTY === true;
  const head = `${subject.padEnd(9)} ${text} …`;
  const startedAt = Date.now();
  const seconds = () => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
  out.write(head);
  const ticker = setInterval(() => out.write(isTerminal ? `\r${head} ${seconds()}` : '.'), TICK_MS);
  const end = (words) => out.write(isTerminal ? `\r\u001b[2K${head} ${words}\n` : ` ${words}\n`);
  try {
    const result = await work();
    end(seconds());
    return result;
  } catch (error) {
    end('failed');
    throw error;
  } finally {
    clearInterval(ticker);
  }
}

module.exports = { BootstrapError, withLine };
