import { UsageError } from '../exit-codes.ts';

/** Reads a line from the terminal without showing it. */
export function askSecret(terminal: NodeJS.ReadStream, question: string): Promise<string> {
  process.stderr.write(question);
  terminal.setRawMode(true);
  terminal.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    let line = '';
    const end = (settle: () => void): void => {
      terminal.off('data', read);
      terminal.setRawMode(false);
      terminal.pause();
      process.stderr.write('\n');
      settle();
    };
    const take = (character: string): boolean => {
      const isEnter = character === '\r' || character === '\n';
      const isGivenUp = character === '\u0003' || character === '\u0004';
      if (isEnter) end(() => resolve(line));
      else if (isGivenUp) end(() => reject(new UsageError('No password was given.')));
      else line = character === '\u007f' ? line.slice(0, -1) : line + character;
      return isEnter || isGivenUp;
    };
    function read(text: string): void {
      [...text].some(take);
    }
    terminal.on('data', read);
  });
}
