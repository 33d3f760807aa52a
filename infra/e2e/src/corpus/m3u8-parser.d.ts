declare module 'm3u8-parser' {
  interface ParsedSegment {
    uri: string;
    duration: number;
    map?: { uri: string };
  }
  interface ParsedPlaylist {
    uri: string;
    attributes: { RESOLUTION?: { width: number; height: number }; 'FRAME-RATE'?: number; AUDIO?: string };
  }
  interface ParsedManifest {
    playlists?: ParsedPlaylist[];
    mediaGroups: { AUDIO: Record<string, Record<string, { uri?: string; default: boolean; language?: string }>> };
    segments: ParsedSegment[];
    endList?: boolean;
  }
  export class Parser {
    manifest: ParsedManifest;
    push(text: string): void;
    end(): void;
  }
}
