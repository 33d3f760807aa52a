/** Codes that say no language; the packager refuses to start with the first of them. */
const noLanguage = new Set(['und', 'mis', 'mul', 'zxx']);
const languageNames = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });

/** A language in its shortest form, or null where none is known: uploaders' tags are anything, and the packager refuses some of them. */
export function packagedLanguage(tag: string | null): string | null {
  const given = tag?.toLowerCase() ?? '';
  if (noLanguage.has(given) || !/^[a-z]{2,3}$/.test(given)) return null;
  const [language = given] = Intl.getCanonicalLocales(given);
  return language.length === 3 || languageNames.of(language) !== undefined ? language : null;
}

interface Labelled {
  sourceIndex: number;
  language: string | null;
  title: string | null;
}

const longestTitle = 64;

/** A title stands in playlists, XML and the packager's arguments: letters, digits and a little more mean nothing in any of them. */
const safeTitle = (title: string | null): string =>
  (title ?? '')
    .slice(0, 4 * longestTitle)
    .replace(/[^\p{L}\p{M}\p{N} .()_-]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, longestTitle)
    .trim();

/** A language in its own words: Deutsch. */
function nameOfLanguage(language: string): string {
  const name = new Intl.DisplayNames([language, 'en'], { type: 'language' }).of(language) ?? language;
  return safeTitle(name.charAt(0).toLocaleUpperCase(language) + name.slice(1)) || language;
}

function labelOf({ language, title }: Labelled, unnamed: string): string {
  const spoken = packagedLanguage(language);
  const told = safeTitle(title);
  if (spoken === null) return told || unnamed;
  const name = nameOfLanguage(spoken);
  return told === '' || told.toLowerCase() === name.toLowerCase() ? name : `${name} (${told})`;
}

/** What a person picks each track by, by its index in the source; no two are the same. */
export function labelTracks(tracks: readonly Labelled[], unnamed: string): Map<number, string> {
  const labels = new Map<number, string>();
  const used = new Set<string>();
  for (const track of tracks) {
    if (labels.has(track.sourceIndex)) continue;
    const wanted = labelOf(track, unnamed);
    let label = wanted;
    for (let count = 2; used.has(label); count += 1) label = `${wanted} ${count}`;
    used.add(label);
    labels.set(track.sourceIndex, label);
  }
  return labels;
}
