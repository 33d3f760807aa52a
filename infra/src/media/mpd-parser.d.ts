/** mpd-parser brings no types; these are the parts that the verification reads. */
declare module 'mpd-parser' {
  export interface MpdSegment {
    uri: string;
    duration: number;
    map?: { uri: string };
  }
  export interface MpdPlaylist {
    attributes: {
      NAME: string;
      BANDWIDTH: number;
      CODECS: string;
      RESOLUTION?: { width: number; height: number };
      'FRAME-RATE'?: number;
    };
    segments: MpdSegment[];
  }
  export interface MpdManifest {
    duration: number;
    playlists: MpdPlaylist[];
    mediaGroups: { AUDIO: Record<string, Record<string, { language: string; playlists?: MpdPlaylist[] }>> };
  }
  export function parse(
    xml: string,
    options: { manifestUri: string; eventHandler?: (event: { type: string; message: string }) => void },
  ): MpdManifest;
}
