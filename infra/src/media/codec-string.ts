const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** A 32-bit number with its bits the other way round. */
function reverseBits(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit += 1) if ((value >>> bit) & 1) reversed |= 1 << (31 - bit);
  return reversed >>> 0;
}

/** ISO/IEC 14496-15, Annex E: profile, compatibility, tier and level, constraints up to the last byte that says something. */
function hevcString(box: Buffer): string {
  const profile = box.readUInt8(1);
  const space = ['', 'A', 'B', 'C'][profile >> 6] ?? '';
  const tier = profile & 0x20 ? 'H' : 'L';
  const constraints = [...box.subarray(6, 12)];
  const said = constraints.slice(0, constraints.findLastIndex((byte) => byte !== 0) + 1);
  return [
    `hvc1.${space}${profile & 0x1f}`,
    reverseBits(box.readUInt32BE(2)).toString(16).toUpperCase(),
    `${tier}${box.readUInt8(12)}`,
    ...said.map((byte) => byte.toString(16).toUpperCase()),
  ].join('.');
}

/** AV1 Codec ISO Media File Format Binding, 5: profile, level and tier, bit depth. */
function av1String(box: Buffer): string {
  const [profileAndLevel, flags] = [box.readUInt8(1), box.readUInt8(2)];
  const depth = flags & 0x40 ? (flags & 0x20 ? 12 : 10) : 8;
  return `av01.${profileAndLevel >> 5}.${twoDigits(profileAndLevel & 0x1f)}${flags & 0x80 ? 'H' : 'M'}.${twoDigits(depth)}`;
}

/** VP Codec ISO Media File Format Binding: profile, level, bit depth, chroma, and how colours are meant. */
function vp9String(box: Buffer): string {
  const sampling = box.readUInt8(6);
  const colours = [box.readUInt8(7), box.readUInt8(8), box.readUInt8(9), sampling & 1];
  const fields = [box.readUInt8(4), box.readUInt8(5), sampling >> 4, (sampling >> 1) & 7, ...colours];
  return `vp09.${fields.map(twoDigits).join('.')}`;
}

const readers: Record<string, (box: Buffer) => string> = {
  avcC: (box) => `avc1.${box.toString('hex', 1, 4)}`,
  hvcC: hevcString,
  av1C: av1String,
  vpcC: vp9String,
};

/** RFC 6381 for the video codec of an initialisation segment, from its decoder configuration; null when it holds none we know. */
export function videoCodecString(bytes: Buffer): string | null {
  for (const [name, read] of Object.entries(readers)) {
    const at = bytes.indexOf(name);
    if (at > 0) return read(bytes.subarray(at + 4));
  }
  return null;
}
