// Opens a watch page in headless Chromium, waits until the picture moves, and tells in one line
// of JSON how it went. Used by the tests; by hand: node web/test/watch.mjs URL --screenshot a.png
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const USAGE = `Usage: node web/test/watch.mjs URL [--seconds N] [--timeout N] [--screenshot FILE] [--light]
       node web/test/watch.mjs URL --expect TEXT [--timeout N] [--screenshot FILE] [--light]

Plays URL and prints one line of JSON:
  state             the words of the badge
  videoRoomState    the state that the page last heard
  firstPictureMs    from the start of the navigation to the first picture, in ms
  currentTime       the player's clock at the end, in s
  playedSeconds     what of it passed while watching
  watchedSeconds    how long it watched after the first picture
  droppedFrames, totalFrames, width, height
  protocol          what the page came by, such as h2
  latencySeconds    behind live, by the playlist's clock, at the end
  latencyP50, latencyP95
                    the same over all half seconds while watching
  stalls            how often the clock stood for half a second
  errorCount, errors, restarts, consoleErrors
  overlay           the headline over the picture, or null

  --seconds N       watch for N s after the first picture (default 5)
  --timeout N       give up when there is no picture after N s (default 15)
  --expect TEXT     don't play: wait for this headline over the picture
  --screenshot FILE write a picture of the page at the end
  --light           ask for the light colours (default: dark)
  --insecure        take a certificate that nobody vouches for

The browser is $CHROMIUM, else the first that Debian or Ubuntu would have installed.
Exits with 1 and a message on standard error when it cannot play, and with 2 for wrong arguments.`;

function refuse(message) {
  console.error(`watch: ${message}\n\n${USAGE}`);
  process.exit(2);
}

function parse(args) {
  const options = { seconds: 5, timeout: 15, screenshot: null, expect: null, light: false, insecure: false, url: null };
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index];
    if (arg === '--help' || arg === '-h') {
      console.log(USAGE);
      process.exit(0);
    } else if (arg === '--light') {
      options.light = true;
    } else if (arg === '--insecure') {
      options.insecure = true;
    } else if (arg === '--seconds' || arg === '--timeout') {
      const value = Number(args[(index += 1)]);
      if (!(value >= 0)) refuse(`${arg} wants a number of seconds`);
      options[arg.slice(2)] = value;
    } else if (arg === '--screenshot') {
      options.screenshot = args[(index += 1)] ?? refuse('--screenshot wants a file');
    } else if (arg === '--expect') {
      options.expect = args[(index += 1)] ?? refuse('--expect wants a headline');
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
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--autoplay-policy=no-user-gesture-required',
];

/** How often the page is looked at while it plays. */
const SAMPLE_MS = 500;

const report = () => {
  const overlay = document.getElementById('overlay');
  return {
    state: document.getElementById('badge')?.textContent ?? null,
    overlay: !overlay || overlay.classList.contains('gone') ? null : document.getElementById('headline').textContent,
    stats: window.videoroomPlayer?.stats() ?? null,
    protocol: performance.getEntriesByType('navigation')[0]?.nextHopProtocol ?? null,
    width: window.videoroomPlayer?.video.videoWidth ?? 0,
    height: window.videoroomPlayer?.video.videoHeight ?? 0,
  };
};

/** The page's first picture has been shown and its clock runs. */
const moving = () => {
  const stats = window.videoroomPlayer?.stats();
  return Boolean(stats && stats.firstPictureMs !== null && !window.videoroomPlayer.video.paused && stats.currentTime > 0);
};

/** That headline is to be read over the picture. */
const saying = (headline) => {
  const overlay = document.getElementById('overlay');
  return Boolean(overlay && !overlay.classList.contains('gone') && document.getElementById('headline').textContent === headline);
};

async function watch(options) {
  const executablePath = CANDIDATES.find((path) => path && existsSync(path));
  if (!executablePath) throw new Error('no Chromium found; install it or name it in $CHROMIUM');
  const browser = await chromium.launch({ executablePath, headless: true, args: FLAGS });
  try {
    const page = await browser.newPage({
      viewport: { width: 1280, height: 800 },
      ignoreHTTPSErrors: options.insecure,
      colorScheme: options.light ? 'light' : 'dark',
    });
    const consoleErrors = [];
    page.on('console', (message) => message.type() === 'error' && consoleErrors.push(message.text()));
    page.on('pageerror', (error) => consoleErrors.push(String(error)));

    let failure = null;
    let before = { stats: null };
    let watchedSeconds = 0;
    let stalls = 0;
    const latencies = [];
    try {
      const response = await page.goto(options.url, { waitUntil: 'domcontentloaded', timeout: options.timeout * 1000 });
      if (!response?.ok()) throw new Error(`the page answered ${response?.status()}`);
      const patience = { timeout: options.timeout * 1000, polling: 50 };
      if (options.expect) {
        await page.waitForFunction(saying, options.expect, patience);
      } else {
        await page.waitForFunction(moving, null, patience);
        before = await page.evaluate(report);
        const since = performance.now();
        const until = since + options.seconds * 1000;
        let clock = before.stats.currentTime;
        while (performance.now() < until) {
          await page.waitForTimeout(Math.min(SAMPLE_MS, Math.max(until - performance.now(), 1)));
          const { stats } = await page.evaluate(report);
          if (!stats) continue;
          if (stats.latencySeconds !== null) latencies.push(stats.latencySeconds);
          if (stats.currentTime === clock) stalls += 1;
          clock = stats.currentTime;
        }
        watchedSeconds = (performance.now() - since) / 1000;
      }
    } catch (error) {
      failure = error.name === 'TimeoutError' ? `no ${options.expect ? 'such headline' : 'moving picture'} within ${options.timeout} s` : error.message;
    }
    const after = await page.evaluate(report);
    if (options.screenshot) await page.screenshot({ path: options.screenshot });

    const { stats, ...rest } = after;
    const { state: videoRoomState = null, ...counts } = stats ?? {};
    const playedSeconds = stats && before.stats ? stats.playedSeconds - before.stats.playedSeconds : 0;
    if (!failure && !options.expect && options.seconds >= 1 && playedSeconds <= 0) failure = 'the picture stands still';
    latencies.sort((a, b) => a - b);
    const [latencyP50, latencyP95] = [0.5, 0.95].map((share) => latencies[Math.floor(latencies.length * share)] ?? null);
    const measured = { playedSeconds, watchedSeconds, latencyP50, latencyP95, stalls };
    console.log(JSON.stringify({ url: options.url, ...rest, videoRoomState, ...counts, ...measured, consoleErrors, failure }));
    if (failure) throw new Error(failure);
  } finally {
    await browser.close();
  }
}

watch(parse(process.argv.slice(2))).catch((error) => {
  console.error(`watch: ${error.message}`);
  process.exitCode = 1;
});
