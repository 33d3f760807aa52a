/* Runs in the browser: plays one manifest by one player and tells what came out of the decoders. */
const faults = [];
const video = document.createElement('video');
let loudness = () => 0;
let pitch = () => 0;
/** What the player in use offers, and how one takes it. */
let offers = { audio: () => [], text: () => [], takeAudio: () => undefined, takeText: () => undefined };
let stalls = 0;
/** Shows the smallest or the largest rung from the next segment on. */
let switchTo = () => undefined;

function listen() {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaElementSource(video).connect(analyser).connect(context.destination);
  const samples = new Float32Array(analyser.fftSize);
  loudness = () => {
    analyser.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  };
  const levels = new Float32Array(analyser.frequencyBinCount);
  pitch = () => {
    analyser.getFloatFrequencyData(levels);
    return (levels.indexOf(Math.max(...levels)) * context.sampleRate) / analyser.fftSize;
  };
}

function loadByHls(url) {
  const hls = new Hls();
  hls.on(Hls.Events.ERROR, (_name, { details, fatal }) => {
    // It tells its own calling off of a request, when another track or rung is taken, as an error too.
    if (fatal || details !== Hls.ErrorDetails.INTERNAL_ABORTED) faults.push(`${fatal ? 'fatal ' : ''}${details}`);
  });
  switchTo = (end) => {
    hls.nextLevel = end === 'smallest' ? 0 : hls.levels.length - 1;
  };
  hls.loadSource(url);
  hls.attachMedia(video);
  offers = {
    // Every group has every track; those of the group in use are what a viewer sees.
    audio: () => hls.audioTracks.map(({ name, lang, channels }) => ({ label: name, language: lang, channels: Number(channels) })),
    text: () => hls.subtitleTracks.map(({ name, lang, forced }) => ({ label: name, language: lang, isForced: forced })),
    takeAudio: (index) => {
      hls.audioTrack = index;
    },
    takeText: (index) => {
      hls.subtitleDisplay = true;
      hls.subtitleTrack = index;
    },
    takeSurround: (language) => hls.setAudioOption({ lang: language, channels: '6' }),
  };
}

async function loadByShaka(url) {
  const player = new shaka.Player();
  player.addEventListener('error', ({ detail }) => faults.push(`shaka ${detail.code}: ${detail.message}`));
  switchTo = (end) => {
    player.configure('abr.enabled', false);
    const tracks = player.getVariantTracks().toSorted((a, b) => a.bandwidth - b.bandwidth);
    player.selectVariantTrack(tracks.at(end === 'smallest' ? 0 : -1), true, 1);
  };
  await player.attach(video);
  await player.load(url);
  offers = {
    audio: () =>
      player.getAudioTracks().map(({ label, language, channelsCount }) => ({ label, language, channels: channelsCount })),
    text: () => player.getTextTracks().map(({ label, language, forced }) => ({ label, language, isForced: forced })),
    takeAudio: (index) => player.selectAudioTrack(player.getAudioTracks()[index]),
    takeText: (index) => player.selectTextTrack(player.getTextTracks()[index]),
  };
}

async function play(kind, url) {
  document.querySelector('main').append(video);
  video.addEventListener('error', () => faults.push(`media element: ${video.error?.message}`));
  listen();
  if (kind === 'hls.js') loadByHls(url);
  else await loadByShaka(url);
  await video.play();
  video.addEventListener('waiting', () => {
    // Behind the last picture there is nothing to show, until the end is told.
    const isOver = video.currentTime > video.duration - 0.1;
    if (!video.seeking && !isOver) stalls += 1;
  });
}

/** How many colours a coarse look at the picture finds; one means that nothing was drawn. */
function countColours() {
  const canvas = new OffscreenCanvas(64, 36);
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 64, 36);
  const { data } = context.getImageData(0, 0, 64, 36);
  return new Set(new Uint32Array(data.buffer)).size;
}

function shownCues() {
  const showing = [...video.textTracks].filter(({ mode }) => mode !== 'disabled');
  return showing.flatMap(({ activeCues }) => [...(activeCues ?? [])].map(({ text }) => text));
}

function report() {
  const { currentTime, duration, ended, seeking, videoWidth, videoHeight } = video;
  const { totalVideoFrames } = video.getVideoPlaybackQuality();
  return {
    currentTime,
    duration: Number.isFinite(duration) ? duration : 0,
    ended,
    seeking,
    videoWidth,
    videoHeight,
    frames: totalVideoFrames,
    colours: countColours(),
    loudness: loudness(),
    pitch: pitch(),
    cues: shownCues(),
    soundBytes: video.webkitAudioDecodedByteCount,
    bufferedTo: video.buffered.length > 0 ? video.buffered.end(video.buffered.length - 1) : 0,
    stalls,
    faults,
  };
}

function seek(seconds) {
  video.currentTime = seconds;
}

const listTracks = () => ({ audio: offers.audio(), text: offers.text() });

function repeat() {
  video.loop = true;
}

window.playback = {
  play,
  repeat,
  report,
  seek,
  listTracks,
  switchTo: (end) => switchTo(end),
  takeAudio: (index) => offers.takeAudio(index),
  takeText: (index) => offers.takeText(index),
  takeSurround: (language) => offers.takeSurround(language),
};
