import type { SourceChapter, SourceInfo } from '@streamflix/contracts';
import { escapeText, writeWebVtt } from './web-vtt.ts';

export const chapterFiles = { webVtt: 'chapters.vtt', json: 'chapters.json' };

export interface Chapter {
  startSeconds: number;
  endSeconds: number;
  title: string;
}

const largest = { chapters: 1000, characters: 200 };
/** Times are written in milliseconds. */
const shortestSeconds = 0.001;

const titleOf = ({ title }: SourceChapter, index: number): string =>
  (title ?? '')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, largest.characters) || `Chapter ${index + 1}`;

/** The chapters of a source that lie on our time line, in order, each with a title. */
export function listChapters({ chapters, durationSeconds }: Pick<SourceInfo, 'chapters' | 'durationSeconds'>): Chapter[] {
  return chapters
    .slice(0, largest.chapters)
    .toSorted((a, b) => a.startSeconds - b.startSeconds)
    .map((chapter, index) => ({
      startSeconds: Math.max(0, chapter.startSeconds),
      endSeconds: Math.min(chapter.endSeconds, durationSeconds),
      title: titleOf(chapter, index),
    }))
    .filter(({ startSeconds, endSeconds }) => endSeconds - startSeconds >= shortestSeconds);
}

const toMs = (seconds: number): number => Math.round(seconds * 1000);

/** For players that read a chapters track. */
export const chaptersAsWebVtt = (chapters: readonly Chapter[]): string =>
  writeWebVtt(
    chapters.map(({ startSeconds, endSeconds, title }) => ({
      startMs: toMs(startSeconds),
      endMs: toMs(endSeconds),
      markup: escapeText(title),
    })),
  );

/** As Apple's players read it from EXT-X-SESSION-DATA (com.apple.hls.chapters). */
export const chaptersAsJson = (chapters: readonly Chapter[]): string =>
  `${JSON.stringify(
    chapters.map(({ startSeconds, endSeconds, title }, index) => ({
      chapter: index + 1,
      'start-time': startSeconds,
      duration: endSeconds - startSeconds,
      titles: [{ language: 'und', title }],
    })),
    null,
    2,
  )}\n`;
