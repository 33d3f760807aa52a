/* Runs in the browser: plays one manifest by one player and tells what came out of the decoders. */
const faults = [];
const video = document.createElement('video');
let loudness = () => 0;
/** The whole seconds of the video near which something was to be heard. */
const heardNear = new Set();
let pitch = () => 0;
/** What the player in use offers, and how one takes it. */
let offers = { audio: () => [], text: () => [], takeAudio: () => undefined, takeText: () => undefined };
/** Each time there was nothing to show: when, and how much was buffered ahead. */
const waits = [];
/** The height of each picture that was shown after one of another height. */
const shownHeights = [];
/** The heights of the rungs that the player said it changed to. */
const switchedTo = [];
/** The rungs a viewer may choose from, and how one is chosen from the next segment on. */
let rungs = { heights: () => [], choose: () => undefined };

/** How far ahead Shaka Player fetches. Another rung follows what is there already, so that it is shown that much later. */
const secondsAhead = 2;
/** In bits a second, more than any rung takes. */
const fast = 1e9;

function listen() {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  const source = context.createMediaElementSource(video);
  source.connect(analyser).connect(context.destination);
  const samples = new Float32Array(analyser.fftSize);
  loudness = () => {
    analyser.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  };
  const ear = new AnalyserNode(context, { fftSize: 32768 });
  source.connect(ear);
  setInterval(() => hear(ear), listenEveryMs);
  const levels = new Float32Array(analyser.frequencyBinCount);
  pitch = () => {
    analyser.getFloatFrequencyData(levels);
    return (levels.indexOf(Math.max(...levels)) * context.sampleRate) / analyser.fftSize;
  };
}

/** Far more than what a codec makes of silence. */
const audible = 0.05;
/** Often enough to miss nothing: an ear remembers two thirds of a second. */
const listenEveryMs = 200;

function hear(ear) {
  const samples = new Float32Array(ear.fftSize);
  ear.getFloatTimeDomainData(samples);
  for (const [index, sample] of samples.entries()) {
    if (Math.abs(sample) < audible) continue;
    const secondsAgo = (samples.length - index) / ear.context.sampleRate;
    heardNear.add(Math.round(video.currentTime - secondsAgo));
  }
}

function loadByHls(url) {
  const hls = new Hls();
  hls.on(Hls.Events.ERROR, (_name, { details, fatal, appendsWithoutProgress }) => {
    if (details === Hls.ErrorDetails.BUFFER_STALLED_ERROR) noteWait();
    // It does not know of the edit list that takes back the delay of B-pictures, and looks for a segment later than where it is. One that comes
    // in place of another rung's then seems to add nothing. It only says so, unless the same segment does it again and again.
    else if (details === Hls.ErrorDetails.BUFFER_APPEND_NO_PROGRESS && appendsWithoutProgress < hls.config.appendErrorMaxRetry)
      return;
    // It tells its own calling off of a request, when another track or rung is taken, as an error too.
    else if (fatal || details !== Hls.ErrorDetails.INTERNAL_ABORTED) faults.push(`${fatal ? 'fatal ' : ''}${details}`);
  });
  // It would begin with what it guesses that a slow machine can take, and every change of rung takes it two segments.
  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    const largest = Math.max(...hls.levels.map(({ height }) => height));
    hls.startLevel = hls.levels.findIndex(({ height }) => height === largest);
  });
  hls.on(Hls.Events.LEVEL_SWITCHED, (_name, { level }) => switchedTo.push(hls.levels[level].height));
  rungs = {
    heights: () => hls.levels.map(({ height }) => height),
    // With the sound as it is: another number of channels is another choice.
    choose: (height) => {
      const now = hls.levels[hls.loadLevel];
      const groups = now.audioGroups?.join();
      // What is there already stays: it would fetch it again.
      if (now.height === height) hls.loadLevel = hls.levels.indexOf(now);
      else hls.nextLevel = hls.levels.findIndex((level) => level.height === height && level.audioGroups?.join() === groups);
    },
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
  player.addEventListener('variantchanged', ({ newTrack }) => switchedTo.push(newTrack.height));
  rungs = {
    heights: () => player.getVariantTracks().map(({ height }) => height),
    choose: (height) => player.selectVariantTrack(player.getVariantTracks().find((variant) => variant.height === height)),
  };
  // It would begin with what it guesses, and every change of rung takes it some segments.
  player.configure({ abr: { enabled: false, defaultBandwidthEstimate: fast }, streaming: { bufferingGoal: secondsAhead } });
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
  video.addEventListener('resize', () => shownHeights.push(video.videoHeight));
  listen();
  if (kind === 'hls.js') loadByHls(url);
  else await loadByShaka(url);
  await video.play();
  video.addEventListener('waiting', () => {
    if (!video.seeking) noteWait();
  });
}

function noteWait() {
  waits.push({ at: video.currentTime, ahead: bufferedAhead() });
}

/** How long the pictures and the sound go on from here without a gap. */
function bufferedAhead() {
  const { buffered, currentTime } = video;
  const ends = Array.from({ length: buffered.length }, (_, index) => [buffered.start(index), buffered.end(index)]);
  const [, end] = ends.find(([from, to]) => from <= currentTime && currentTime <= to) ?? [0, currentTime];
  return end - currentTime;
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
    heardNear: [...heardNear],
    bufferedTo: video.buffered.length > 0 ? video.buffered.end(video.buffered.length - 1) : 0,
    waits,
    shownHeights,
    switchedTo,
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
  listRungs: () => [...new Set(rungs.heights())].toSorted((a, b) => a - b),
  chooseRung: (height) => rungs.choose(height),
  takeAudio: (index) => offers.takeAudio(index),
  takeText: (index) => offers.takeText(index),
  takeSurround: (language) => offers.takeSurround(language),
};
