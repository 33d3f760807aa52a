import { InvalidArgumentError } from 'commander';

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

export function number(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It must be a number.');
  return Number(text);
}

export function collectNumbers(text: string, before: number[] = []): number[] {
  return [...before, wholeNumber(text)];
}

/** Of an option that may be repeated. */
export function collectPairs(pair: string, before: string[] = []): string[] {
  if (pair.indexOf('=') < 1) throw new InvalidArgumentError('It must be name=value.');
  return [...before, pair];
}

const isDay = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));

export function day(text: string): string {
  if (!isDay(text)) throw new InvalidArgumentError('It must be a day, as 2030-01-31.');
  return text;
}

/** A moment with its time zone, or a day, which begins at midnight UTC. */
export function moment(text: string): string {
  if (isDay(text)) return `${text}T00:00:00Z`;
  if (!/T.*(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(Date.parse(text))) {
    throw new InvalidArgumentError('It must be a moment, as 2030-01-31T12:00:00Z, or a day, as 2030-01-31.');
  }
  return text;
}

export interface PictureSize {
  width: number;
  height: number;
}

export function pictureSize(text: string): PictureSize {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  if (width === undefined || height === undefined) throw new InvalidArgumentError('It must be width and height, as 1920x1080.');
  return { width: Number(width), height: Number(height) };
}
