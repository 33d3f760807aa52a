import { bombs } from './bombs.ts';
import { containers } from './containers.ts';
import { damaged } from './damaged.ts';
import type { HostileInput } from './hostile-input.ts';
import { playlists } from './playlists.ts';
import { hostileSound } from './sound.ts';

export type { HostileInput, HostileSite } from './hostile-input.ts';
export { type OpenSite, openSite, pictureBytes, showsSecret, type Watched } from './site.ts';

/** Everything that was ever thought of to hurt a transcoder. */
export const hostileInputs: readonly HostileInput[] = [...playlists, ...containers, ...bombs, ...damaged, ...hostileSound];
