import { afterEach, expect, it, vi } from 'vitest';
import { collectBodies } from './collect-bodies.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const mebibyte = 1024 * 1024;

/** A process whose buffers are given back by the collector alone. */
function holdBuffers() {
  let heldBytes = 10 * mebibyte;
  vi.spyOn(process, 'memoryUsage').mockImplementation((() => ({ arrayBuffers: heldBytes })) as typeof process.memoryUsage);
  const gc = vi.fn(() => {
    heldBytes = 10 * mebibyte;
  });
  return {
    gc,
    pass(chunkBytes: number) {
      heldBytes += chunkBytes;
      collectBodies(chunkBytes);
      return heldBytes;
    },
  };
}

it('what chunks leave behind is collected before much of it has gathered', () => {
  const { gc, pass } = holdBuffers();
  vi.stubGlobal('gc', gc);
  const held = Array.from({ length: 2_000 }, () => pass(64 * 1024));
  expect(Math.max(...held)).toBeLessThanOrEqual(30 * mebibyte);
  // 125 MiB went through.
  expect(gc.mock.calls.length).toBeGreaterThan(2);
  expect(gc.mock.calls.length).toBeLessThan(14);
});

it('where the collector cannot be asked, nothing is', () => {
  const { pass } = holdBuffers();
  vi.stubGlobal('gc', undefined);
  expect(pass(64 * mebibyte)).toBe(74 * mebibyte);
});
