// Plays a DASH manifest with dash.js in headless Chromium and tells how it went. Used by the
// tests; by hand: node web/test/dash.mjs URL --seconds 20
import { existsSync, readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const USAGE = `Usage: node web/test/dash.mjs URL [--seconds N] [--timeout N]

Plays the manifest at URL, prints "playing" at the first picture, and one line of JSON at the end:
  playedSeconds     what of the player's clock passed while watching
  watchedSeconds    how long it watched after the first picture
  sizes             the sizes of the picture, in order
  periods           how many periods were played
  latencySeconds    behind live at the end, by the manifest's clock
  ended             whether the player says that it is over
  errors            what the player had to complain of

  --seconds N       watch for N s after the first picture (default 5)
  --timeout N       give up when there is no picture after N s (default 15)

The browser is $CHROMIUM, else the first that Debian or Ubuntu would have installed.
Exits with 1 and a message on standard error when it cannot play, and with 2 for wrong arguments.`;

function refuse(message) {
  console.error(`dash: ${message}\n\n${USAGE}`);
  process.exit(2);
}

function parse(args) {
  const options = { seconds: 5, timeout: 15, url: null };
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index];
    if (arg === '--seconds' || arg === '--timeout') {
      const value = Number(args[(index += 1)]);
      if (!(value >= 0)) refuse(`${arg} wants a number of seconds`);
      options[arg.slice(2)] = value;
    } else if (arg.startsWith('-') || options.url) {
      refuse(`what is ${arg}?`);
    } else {
      options.url = arg;
    }
  }
  return options.url ? options : refuse('a URL is missing');
}

const CANDIDATES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--autoplay-policy=no-user-gesture-required',
  // A page of another site may ask this machine, as it may ask a server anywhere.
  '--disable-features=LocalNetworkAccessChecks',
];

// A page of another site, as players are.
const PAGE = 'http://player.test/';
const HTML = '<!doctype html><title>dash</title><video id="video" muted></video><script src="dash.js"></script>';
const PLAYER = new URL('../node_modules/dashjs/dist/modern/umd/dash.all.min.js', import.meta.url);

const start = (url) => {
  const seen = { errors: [], sizes: [], periods: 0, ended: false };
  const video = document.getElementById('video');
  const player = dashjs.MediaPlayer().create();
  player.on('error', (event) => seen.errors.push(String(event.error?.message ?? event.error)));
  player.on('playbackError', (event) => seen.errors.push(String(event.error?.message ?? event.error)));
  player.on('periodSwitchCompleted', () => (seen.periods += 1));
  player.on('playbackEnded', () => (seen.ended = true));
  video.addEventListener('resize', () => seen.sizes.push(`${video.videoWidth}x${video.videoHeight}`));
  player.initialize(video, url, true);
  window.seen = () => ({
    ...seen,
    currentTime: video.currentTime,
    latencySeconds: player.getCurrentLiveLatency(),
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
    droppedFrames: video.getVideoPlaybackQuality().droppedVideoFrames,
  });
};

async function play(options) {
  const executablePath = CANDIDATES.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error('no Chromium found; install it or name it in $CHROMIUM');
  const browser = await chromium.launch({ executablePath, headless: true, args: FLAGS });
  try {
    const page = await browser.newPage();
    await page.route(`${PAGE}**`, (route) =>
      route.request().url() === PAGE
        ? route.fulfill({ contentType: 'text/html', body: HTML })
        : route.fulfill({ contentType: 'text/javascript', body: readFileSync(PLAYER) }),
    );
    const consoleErrors = [];
    page.on('pageerror', (error) => consoleErrors.push(String(error)));
    await page.goto(PAGE);
    await page.evaluate(start, options.url);
    let failure = null;
    try {
      await page.waitForFunction(() => window.seen().frames > 0 && window.seen().currentTime > 0, null, {
        timeout: options.timeout * 1000,
        polling: 50,
      });
    } catch {
      failure = `no moving picture within ${options.timeout} s`;
    }
    const before = await page.evaluate(() => window.seen());
    const since = performance.now();
    if (!failure) console.log('playing');
    if (!failure) await page.waitForTimeout(options.seconds * 1000);
    const watchedSeconds = (performance.now() - since) / 1000;
    const after = await page.evaluate(() => window.seen());
    const playedSeconds = after.currentTime - before.currentTime;
    if (!failure && options.seconds >= 1 && playedSeconds <= 0) failure = 'the picture stands still';
    console.log(JSON.stringify({ url: options.url, ...after, playedSeconds, watchedSeconds, consoleErrors, failure }));
    if (failure) throw new Error(failure);
  } finally {
    await browser.close();
  }
}

play(parse(process.argv.slice(2))).catch((error) => {
  console.error(`dash: ${error.message}`);
  process.exitCode = 1;
});
