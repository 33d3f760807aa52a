import type { ApiSchemas } from '@streamflix/client';
import { printable, table } from './text-table.ts';

/** A table of what a job and its tasks went through, one step a line. */
export const describeHistory = (steps: ApiSchemas['HistoryStep'][]): string =>
  steps.length === 0
    ? 'No steps.'
    : table(
        ['at (UTC)', 'of', 'from', 'to', 'who', 'why'],
        steps.map(({ at, subject, task, from, to, who, why }) => [
          at.slice(0, 23),
          task ?? subject,
          from ?? '',
          to,
          printable(who),
          printable(why ?? ''),
        ]),
      );
