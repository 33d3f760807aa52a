export * from './plain-source.ts';
