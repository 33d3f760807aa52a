/**
 * Pictures that carry their number: four by four cells over the whole picture, white or black. The first cell is always white and the
 * last always black; between them lie the bits of the number in Gray code, so that no bit changes twice within two pictures (a
 * deinterlacer would take that for detail) and a mixture of neighbours shows as a grey cell.
 */
const columns = 4;
const bits = columns * columns - 2;
/** Width and height that `readBarcodes` wants pictures scaled to: four pixels a cell, of which the middle ones are read. */
export const barcodePixels = 16;

export interface BarcodeOptions {
  /** Number of the first picture. */
  first?: number;
  /** A darker white, as ffmpeg writes colours. */
  white?: string;
  /** Leaves the edges of the cells as they were, for whoever wants to see detail that moves; what is read lies within. */
  framed?: boolean;
}

/** The filter that draws a number on each picture. */
export function drawBarcode({ first = 0, white = 'white', framed = false }: BarcodeOptions = {}): string {
  const [inset, size] = framed ? [1 / 8, 3 / 4] : [0, 1];
  const box = (cell: number, more: string): string => {
    const [x, y] = [(cell % columns) + inset, Math.floor(cell / columns) + inset];
    const place = `x=iw*${x}/${columns}:y=ih*${y}/${columns}:w=iw*${size}/${columns}:h=ih*${size}/${columns}`;
    return `drawbox=${place}:t=fill:${more}`;
  };
  const blank = framed ? Array.from({ length: columns * columns }, (_, cell) => box(cell, 'color=black')) : [];
  const drawn = Array.from({ length: bits }, (_, bit) =>
    box(bit + 1, `color=${white}:enable='mod(floor((n+${first + 2 ** bit})/${2 ** (bit + 1)})\\,2)'`),
  );
  return [...blank, box(0, `color=${white}`), ...drawn].join(',');
}

/** How bright a cell is: the mean of its middle pixels. */
function cellOf(picture: Uint8Array, cell: number): number {
  const left = 4 * (cell % columns) + 1;
  const top = 4 * Math.floor(cell / columns) + 1;
  const at = (x: number, y: number): number => picture[y * barcodePixels + x] ?? 0;
  return (at(left, top) + at(left + 1, top) + at(left, top + 1) + at(left + 1, top + 1)) / 4;
}

export interface ReadPicture {
  /** Null where a cell is neither black nor white: pictures were mixed, torn or turned. */
  number: number | null;
  /** Code values of the cell that is white in the source, and of the black one. */
  white: number;
  black: number;
  /** Of the first cell: how far from grey its colour lies. */
  saturation: number;
}

/** The planes of blue and red follow that of light, at half its width and height. */
function saturationOf(picture: Uint8Array): number {
  const [blue, red] = [0, 1].map(
    (plane) => (picture[barcodePixels ** 2 + (plane * barcodePixels ** 2) / 4 + barcodePixels / 2 + 1] ?? 128) - 128,
  );
  return Math.hypot(blue ?? 0, red ?? 0);
}

function readBarcode(picture: Uint8Array): ReadPicture {
  const white = cellOf(picture, 0);
  const black = cellOf(picture, bits + 1);
  let gray = 0;
  let isClear = white - black > 40;
  for (let bit = 0; bit < bits; bit += 1) {
    const level = (cellOf(picture, bit + 1) - black) / (white - black);
    if (level > 0.35 && level < 0.65) isClear = false;
    if (level >= 0.5) gray |= 1 << bit;
  }
  let number = gray;
  for (let shift = 1; shift < bits; shift *= 2) number ^= number >> shift;
  return { number: isClear ? number : null, white, black, saturation: saturationOf(picture) };
}

/** The numbers of pictures that were scaled to `barcodePixels` square in 4:2:0, one after the other. */
export function readBarcodes(raw: Uint8Array): ReadPicture[] {
  const size = (3 * barcodePixels ** 2) / 2;
  return Array.from({ length: Math.floor(raw.length / size) }, (_, index) =>
    readBarcode(raw.subarray(index * size, (index + 1) * size)),
  );
}
