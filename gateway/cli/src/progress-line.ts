import type { JobStep } from './wait-for-job.ts';

const barWidth = 30;

export const drawBar = (fraction: number): string => {
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * barWidth);
  return `[${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}] ${String(Math.floor(fraction * 100)).padStart(3)} %`;
};

export interface ProgressLine {
  upload(sentBytes: number, fileBytes: number): void;
  step(step: JobStep): void;
  /** Leaves the line as it is and goes to the next. */
  end(): void;
}

interface Terminal {
  isTTY?: boolean;
  write(text: string): unknown;
}

/** On a terminal one line that is drawn again and again; elsewhere a line for every new state, so that logs stay short. */
export function showProgress(terminal: Terminal, startedAtMs = Date.now()): ProgressLine {
  let shown = '';
  const show = (text: string, key: string): void => {
    if (terminal.isTTY === true) terminal.write(`\r${text}  ${Math.round((Date.now() - startedAtMs) / 1000)} s\u001b[K`);
    else if (key !== shown) terminal.write(`${text}\n`);
    shown = key;
  };
  return {
    upload: (sentBytes, fileBytes) => {
      const fraction = fileBytes === 0 ? 1 : sentBytes / fileBytes;
      if (terminal.isTTY === true || fraction === 1) show(`uploading     ${drawBar(fraction)}`, 'uploading');
    },
    step: ({ state, progress }) => show(`${state.padEnd(13)} ${drawBar(state === 'completed' ? 1 : progress)}`, state),
    end: () => {
      if (terminal.isTTY === true && shown !== '') terminal.write('\n');
    },
  };
}

/** With --json on something that is no terminal nobody looks. */
export const showNothing: ProgressLine = { upload: () => undefined, step: () => undefined, end: () => undefined };
