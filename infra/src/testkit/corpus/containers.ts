import type { CorpusEntry } from './entry.ts';
import { plain } from './recipe.ts';

export const containers: CorpusEntry[] = [
  plain('index-at-the-end.mp4'),
  plain('index-at-the-begin.mp4', { args: ['-movflags', '+faststart'] }),
  plain('fragmented.mp4', { args: ['-g', '25', '-movflags', '+frag_keyframe+delay_moov+default_base_moof'] }),
  plain('matroska.mkv'),
  plain('webm.webm', { args: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libopus'] }),
  plain('vp8.webm', { args: ['-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'libvorbis'] }),
  plain('avi.avi', { args: ['-c:v', 'mpeg4', '-b:v', '2M', '-c:a', 'pcm_s16le'] }),
  plain('flash.flv'),
  plain('transport-stream.ts', { args: ['-g', '25', '-bf', '2'] }),
  plain('quicktime.mov', { args: ['-c:v', 'prores_ks', '-profile:v', '0', '-pix_fmt', 'yuv422p10le', '-c:a', 'pcm_s16le'] }),
  plain('program-stream.mpg', { args: ['-c:v', 'mpeg2video', '-b:v', '2M', '-bf', '2', '-c:a', 'mp2', '-f', 'vob'] }),
];
