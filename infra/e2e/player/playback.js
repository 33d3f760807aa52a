/* Runs in the browser: plays one manifest by one player and tells what came out of the decoders. */
const faults = [];
const video = document.createElement('video');
let loudness = () => 0;

function listen() {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaElementSource(video).connect(analyser).connect(context.destination);
  const samples = new Float32Array(analyser.fftSize);
  loudness = () => {
    analyser.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  };
}

function loadByHls(url) {
  const hls = new Hls();
  hls.on(Hls.Events.ERROR, (_name, { details, fatal }) => faults.push(`${fatal ? 'fatal ' : ''}${details}`));
  hls.loadSource(url);
  hls.attachMedia(video);
}

async function loadByShaka(url) {
  const player = new shaka.Player();
  player.addEventListener('error', ({ detail }) => faults.push(`shaka ${detail.code}: ${detail.message}`));
  await player.attach(video);
  await player.load(url);
}

async function play(kind, url) {
  document.querySelector('main').append(video);
  video.addEventListener('error', () => faults.push(`media element: ${video.error?.message}`));
  listen();
  if (kind === 'hls.js') loadByHls(url);
  else await loadByShaka(url);
  await video.play();
}

/** How many colours a coarse look at the picture finds; one means that nothing was drawn. */
function countColours() {
  const canvas = new OffscreenCanvas(64, 36);
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0, 64, 36);
  const { data } = context.getImageData(0, 0, 64, 36);
  return new Set(new Uint32Array(data.buffer)).size;
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
    faults,
  };
}

function seek(seconds) {
  video.currentTime = seconds;
}

window.playback = { play, report, seek };
