// Plays one broadcast: asks for its state, plays it where there is something to play, and puts
// right by itself what goes wrong on the way.
'use strict';

(() => {
  const POLL_MS = 2000;
  const CLOSED_POLL_MS = 10000;
  const TICK_MS = 250;
  const RETRY_MS = 1000;
  /** How often the server hears how far behind live this page is. */
  const REPORT_MS = 10000;
  /** A picture that stands this long is shown as standing. */
  const STALLED_MS = 1200;
  /** A live broadcast that stands this long is opened anew. */
  const STUCK_MS = 8000;
  const GO_LIVE_BEHIND_SECONDS = 15;
  const KEPT_ERRORS = 100;

  /** What the badge says for each state of a room, and in which tone. */
  const BADGES = {
    SCHEDULED: ['Scheduled', 'quiet'],
    LIVE: ['Live', 'live'],
    ACTIVE: ['Live', 'live'],
    LIVE_INACTIVE: ['Interrupted', 'wait'],
    ENDED: ['Ended', 'quiet'],
    ARCHIVED: ['Ended', 'quiet'],
    CANCELLED: ['Cancelled', 'quiet'],
    NOT_FOUND: ['Not found', 'quiet'],
    CLOSED: ['Closed', 'quiet'],
  };
  /** What is said to those who may not watch, for each code of a refusal. */
  const REFUSALS = {
    EMPTY_STREAMING_TOKEN: ['This broadcast is not open to everyone', 'Please open it from where you are logged in.'],
    INVALID_STREAMING_TOKEN: ['Your access has expired', 'Please open the broadcast again from where you came.'],
    STREAMING_NOT_ALLOWED: ['You may not watch this broadcast', 'It is open to certain viewers only.'],
  };
  const PLAYABLE = new Set(['LIVE', 'ACTIVE', 'LIVE_INACTIVE']);
  const GONE = new Set(['NOT_FOUND', 'CLOSED']);
  const OVER = new Set(['ENDED', 'ARCHIVED', 'CANCELLED', 'NOT_FOUND']);

  const HLS_CONFIG = {
    // One rendition, found on the first request: nothing to probe before the first picture.
    startLevel: 0,
    testBandwidth: false,
    startFragPrefetch: true,
    // fMP4 passes through untouched; starting a worker costs more than it saves.
    enableWorker: false,
    lowLatencyMode: true,
    liveDurationInfinity: true,
    // Three parts behind live; what a stall has cost is caught up on.
    maxLiveSyncPlaybackRate: 1.3,
    backBufferLength: 30,
  };

  const element = (id) => document.getElementById(id);
  const video = element('video');
  const still = element('still');
  const playbackId = location.pathname.split('/').filter(Boolean).pop() ?? '';
  const token = new URLSearchParams(location.search).get('streamingToken');
  /** Where those come in who have nothing but what is in this page's address. */
  const entryUrl = `/watch/${playbackId}/state${token ? `?streamingToken=${encodeURIComponent(token)}` : ''}`;
  /** Where to ask for the state: in the answer that let us in, it has the grant that the token was exchanged for. */
  let stateUrl = entryUrl;
  let refusal = null;
  /** Milliseconds by which the server's clock is ahead of this one, and how sure that is; null until it was asked. */
  let clock = null;

  /** The last answer of the state address; its videoRoomState is NOT_FOUND for a 404, CLOSED for a refusal. */
  let room = null;
  let reachable = true;
  let scriptsReady = false;

  /** The playback in progress, or null: {url, hls}. `hls` is null where the browser plays HLS itself. */
  let playback = null;
  let unsupported = false;
  let blocked = false;
  let wantsPlay = true;
  let restartTimer = 0;
  let failures = 0;
  let mediaRecoveredAt = -Infinity;

  let lastTime = 0;
  let playedSeconds = 0;
  let lastAdvance = -Infinity;
  /** Something has been played; from then on the page shows the broadcast, not the way to it. */
  let started = false;
  let firstPictureMs = null;
  let restarts = 0;
  let errorCount = 0;
  const errors = [];

  // ---- the broadcast's state

  async function poll() {
    let wait = POLL_MS;
    try {
      const response = await fetch(stateUrl, { cache: 'no-store', signal: AbortSignal.timeout(5000) });
      if (response.status === 404) {
        room = { ...room, videoRoomState: 'NOT_FOUND', playUrl: null };
      } else if (response.ok) {
        room = await response.json();
        stateUrl = room.stateUrl;
      } else if ((response.status === 401 || response.status === 403) && stateUrl !== entryUrl) {
        // What let us in is void: the room's access level has changed, or a day is over.
        stateUrl = entryUrl;
        wait = 0;
      } else if (response.status === 401 || response.status === 403) {
        refusal = (await response.json()).errorCode;
        room = { ...room, videoRoomState: 'CLOSED', playUrl: null };
        wait = CLOSED_POLL_MS;
      } else {
        throw new Error(`state: ${response.status}`);
      }
      reachable = true;
    } catch {
      reachable = false;
    }
    follow();
    setTimeout(poll, wait);
  }

  /** Brings the playback in line with the room's state. */
  function follow() {
    if (room && scriptsReady) {
      const state = room.videoRoomState;
      const url = PLAYABLE.has(state) ? room.playUrl : null;
      if (url && playback?.url !== url && !restartTimer) {
        open(url);
      } else if (playback && (GONE.has(state) || (OVER.has(state) && (video.ended || stoodFor() > STUCK_MS / 2)))) {
        close();
      }
    }
    render();
  }

  // ---- playing

  function open(url) {
    close();
    setClock(url);
    video.muted = video.muted || firstPictureMs === null;
    lastAdvance = performance.now();
    if (window.Hls?.isSupported()) {
      const hls = new window.Hls(HLS_CONFIG);
      playback = { url, hls };
      hls.on(window.Hls.Events.ERROR, (_, data) => failed(hls, data));
      hls.loadSource(url);
      hls.attachMedia(video);
    } else if (video.canPlayType('application/vnd.apple.mpegurl')) {
      playback = { url, hls: null };
      video.src = url;
    } else {
      unsupported = true;
      return;
    }
    if ('requestVideoFrameCallback' in video) {
      video.requestVideoFrameCallback(pictureShown);
    } else {
      video.addEventListener('timeupdate', pictureShown, { once: true });
    }
    if (wantsPlay) play();
  }

  /** Ends the playback; its last picture stays on the page. */
  function close() {
    clearTimeout(restartTimer);
    restartTimer = 0;
    if (!playback) return;
    keepPicture();
    const { hls } = playback;
    playback = null;
    if (hls) {
      hls.destroy();
    } else {
      video.removeAttribute('src');
      video.load();
    }
  }

  function restart() {
    if (restartTimer) return;
    restarts += 1;
    failures += 1;
    const wait = Math.min(250 * 2 ** failures, 4000);
    close();
    restartTimer = setTimeout(() => {
      restartTimer = 0;
      follow();
    }, wait);
  }

  function failed(hls, data) {
    note(`${data.type}/${data.details}${data.fatal ? ' (fatal)' : ''}`);
    if (!data.fatal || playback?.hls !== hls) return;
    const now = performance.now();
    if (data.type === window.Hls.ErrorTypes.MEDIA_ERROR && now - mediaRecoveredAt > 5000) {
      mediaRecoveredAt = now;
      keepPicture();
      hls.recoverMediaError();
      video.requestVideoFrameCallback?.(pictureShown);
      if (wantsPlay) play();
    } else if (data.type === window.Hls.ErrorTypes.NETWORK_ERROR && !data.details.startsWith('manifest')) {
      // What is buffered plays on meanwhile; if it runs out first, tick() opens the broadcast anew.
      setTimeout(() => playback?.hls === hls && hls.startLoad(), RETRY_MS);
    } else {
      restart();
    }
  }

  function note(error) {
    errorCount += 1;
    errors.push(error);
    if (errors.length > KEPT_ERRORS) errors.shift();
  }

  function play() {
    wantsPlay = true;
    blocked = false;
    video.play().catch((error) => {
      blocked = error.name === 'NotAllowedError';
      render();
    });
  }

  function pictureShown() {
    firstPictureMs ??= performance.now();
    started = true;
    still.hidden = true;
    lastAdvance = performance.now();
    render();
  }

  function keepPicture() {
    if (!video.videoWidth || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    still.width = video.videoWidth;
    still.height = video.videoHeight;
    still.getContext('2d').drawImage(video, 0, 0);
    still.hidden = false;
  }

  /** Milliseconds for which the picture has been standing. */
  const stoodFor = () => performance.now() - lastAdvance;

  /** Asks the server what time it is: clocks of viewers may be minutes off. */
  async function setClock(url) {
    const asked = performance.now();
    try {
      const response = await fetch(new URL('time', new URL(url, location.href)), { cache: 'no-store', signal: AbortSignal.timeout(5000) });
      const server = Date.parse(await response.text());
      const took = performance.now() - asked;
      // The quickest answer says it best.
      if (response.ok && Number.isFinite(server) && !(clock && clock.took < took)) {
        clock = { ahead: server + took / 2 - Date.now(), took };
      }
    } catch {
      // Then this machine's own clock has to do.
    }
  }

  /** Tells the server how far behind live the picture is, for its statistics. */
  function report() {
    const seconds = playback && started && !video.paused && !document.hidden && stoodFor() < STALLED_MS ? latencySeconds() : null;
    if (seconds !== null && seconds < 600 && room?.videoRoomState === 'LIVE') {
      navigator.sendBeacon(`/watch/${playbackId}/latency?seconds=${seconds.toFixed(3)}`);
    }
  }

  /** Seconds between the moment a picture was made, by the playlist's clock, and now; null if unknown. */
  function latencySeconds() {
    const date = playback?.hls ? playback.hls.playingDate : startDate();
    if (date) {
      const seconds = (Date.now() + (clock?.ahead ?? 0) - date.getTime()) / 1000;
      if (seconds >= 0 && seconds < 3600) return seconds;
    }
    const behindEdge = playback?.hls?.latency;
    return behindEdge > 0 ? behindEdge : null;
  }

  /** The date of the current picture where the browser plays HLS itself. */
  function startDate() {
    const start = playback && video.getStartDate?.();
    return start && !Number.isNaN(start.getTime()) ? new Date(start.getTime() + video.currentTime * 1000) : null;
  }

  function goLive() {
    const target = playback?.hls?.liveSyncPosition ?? (video.seekable.length ? video.seekable.end(video.seekable.length - 1) - 6 : null);
    if (target !== null && target > video.currentTime) video.currentTime = target;
    play();
  }

  // ---- the page

  /** What lies over the picture: [headline, detail, spinner], or null when nothing does. */
  function message() {
    const state = room?.videoRoomState;
    if (started && stoodFor() < STALLED_MS && !GONE.has(state)) return null;
    if (!reachable) return ['Connection lost', 'Trying again…', true];
    if (!room) return ['Connecting…', '', true];
    if (state === 'NOT_FOUND') return ['No such broadcast', 'Please check the address.', false];
    if (state === 'CLOSED') return [...(REFUSALS[refusal] ?? REFUSALS.STREAMING_NOT_ALLOWED), false];
    if (state === 'SCHEDULED') return ['Not started yet', 'The broadcast will begin here by itself.', false];
    if (state === 'CANCELLED') return ['Cancelled', 'This broadcast will not take place.', false];
    if (OVER.has(state)) return ['The broadcast has ended', 'Thank you for watching.', false];
    if (unsupported) return ['This browser cannot play the broadcast', 'It plays neither Media Source Extensions nor HLS.', false];
    if (state === 'LIVE_INACTIVE') return ['Interrupted — waiting for the broadcaster', 'It will go on here by itself.', false];
    if (blocked) return ['Ready', 'Press Play to start.', false];
    return wantsPlay ? ['Loading…', '', true] : null;
  }

  function setText(id, text) {
    const target = element(id);
    if (target.textContent !== text) target.textContent = text;
  }

  function render() {
    const [word, tone] = BADGES[room?.videoRoomState] ?? ['Connecting', 'quiet'];
    setText('badge', word);
    element('badge').dataset.tone = tone;
    const title = room?.title || 'VideoRoom';
    setText('title', title);
    if (document.title !== title) document.title = title;

    const over = message();
    element('overlay').classList.toggle('gone', over === null);
    if (over) {
      setText('headline', over[0]);
      setText('detail', over[1]);
    }
    element('spinner').hidden = !over?.[2];

    const playing = playback !== null && started;
    const latency = playing && stoodFor() < STALLED_MS ? latencySeconds() : null;
    setText('latency', latency === null ? '' : `${latency.toFixed(1)} s behind live`);
    element('golive').hidden = !(latency > GO_LIVE_BEHIND_SECONDS);
    element('controls').hidden = playback === null;
    element('unmute').hidden = !(playing && video.muted && over === null);
    setText('play', video.paused ? 'Play' : 'Pause');
    element('volume').value = video.muted ? 0 : video.volume;
    setText('mute', video.muted ? 'Unmute' : 'Mute');
  }

  function tick() {
    if (video.currentTime !== lastTime) {
      const passed = video.currentTime - lastTime;
      // More than that is a seek, less a new playback.
      if (passed > 0 && passed < 2) playedSeconds += passed;
      lastTime = video.currentTime;
      lastAdvance = performance.now();
      started = true;
      failures = 0;
    } else if (playback && wantsPlay && !document.hidden && stoodFor() > STUCK_MS && room?.videoRoomState === 'LIVE') {
      note('watchdog/stuck');
      restart();
    }
    render();
  }

  function togglePlay() {
    if (!video.paused) {
      wantsPlay = false;
      video.pause();
    } else if ((latencySeconds() ?? 0) > GO_LIVE_BEHIND_SECONDS) {
      goLive();
    } else {
      play();
    }
    render();
  }

  function toggleMute() {
    video.muted = !video.muted;
    if (!video.muted && video.volume === 0) video.volume = 1;
  }

  function toggleFull() {
    const stage = element('stage');
    if (document.fullscreenElement) document.exitFullscreen();
    else if (stage.requestFullscreen) stage.requestFullscreen();
    else video.webkitEnterFullscreen?.();
  }

  element('play').addEventListener('click', togglePlay);
  element('mute').addEventListener('click', toggleMute);
  element('unmute').addEventListener('click', toggleMute);
  element('full').addEventListener('click', toggleFull);
  element('golive').addEventListener('click', goLive);
  element('volume').addEventListener('input', (event) => {
    video.volume = event.target.valueAsNumber;
    video.muted = video.volume === 0;
  });
  video.addEventListener('volumechange', render);
  video.addEventListener('error', () => {
    if (playback && !playback.hls) {
      note(`video/${video.error?.code}`);
      restart();
    }
  });
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.('input, button')) return;
    const action = { k: togglePlay, ' ': togglePlay, m: toggleMute, f: toggleFull }[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  });
  document.addEventListener('visibilitychange', () => {
    lastAdvance = performance.now();
  });

  /** For tests and for the curious. */
  window.videoroomPlayer = {
    video,
    get hls() {
      return playback?.hls ?? null;
    },
    stats() {
      const quality = video.getVideoPlaybackQuality?.();
      return {
        state: room?.videoRoomState ?? null,
        firstPictureMs,
        currentTime: video.currentTime,
        playedSeconds,
        droppedFrames: quality?.droppedVideoFrames ?? 0,
        totalFrames: quality?.totalVideoFrames ?? 0,
        latencySeconds: latencySeconds(),
        errorCount,
        errors: [...errors],
        restarts,
      };
    },
  };

  video.muted = true;
  video.volume = 1;
  poll();
  setInterval(tick, TICK_MS);
  setInterval(report, REPORT_MS);
  // Deferred scripts have run by then, so window.Hls is there if it will ever be.
  document.addEventListener('DOMContentLoaded', () => {
    scriptsReady = true;
    follow();
  });
})();
