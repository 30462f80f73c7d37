import { type Cell, cell } from "../cell";
import type { Prefs, Sound } from "../prefs";

/** What makes the console's sounds. They are made by the page itself, so nothing is loaded. */
export interface Chime {
  /** Rings, two notes every four seconds, until it is told not to, or the offer has run out. */
  ring(on: boolean, seconds: number): void;
  /** Plays a sound once, if it is wanted. */
  play(sound: "message" | "late"): void;
  /** Plays a sound once, wanted or not, after a press of a button. */
  test(sound: Sound): void;
  /** Gets ready, so that it is known early whether the browser allows sound. */
  ready(): void;
  /** After a press of "Allow". */
  allow(): void;
  /** The browser blocks sound. */
  blocked: Cell<boolean>;
}

/** A note: when, how high (hertz), and for how long; seconds. */
interface Note {
  at: number;
  pitch: number;
  length: number;
}

/** How long each sound is with its silence, and its notes. */
const scores: Record<Sound, { length: number; notes: Note[] }> = {
  offer: { length: 4, notes: [{ at: 0, pitch: 660, length: 0.35 }, { at: 0.4, pitch: 880, length: 0.5 }] },
  message: { length: 0.4, notes: [{ at: 0, pitch: 740, length: 0.35 }] },
  late: { length: 0.9, notes: [{ at: 0, pitch: 520, length: 0.4 }, { at: 0.45, pitch: 415, length: 0.4 }] },
};

/** How long the browser may take to start its sound before it counts as blocked, in milliseconds. */
const startsWithin = 1_000;

/** Makes the chime of a tab. */
export function makeChime(prefs: Prefs): Chime {
  const blocked = cell(false);
  let audio: AudioContext | null = null;
  let ringing: AudioBufferSourceNode | null = null;
  let ringUntil = 0;
  const playing = new Set<AudioBufferSourceNode>();

  /** The device's sound; null where the browser would only refuse it now. */
  const open = (): AudioContext | null => {
    if (audio === null && navigator.userActivation?.hasBeenActive === false) {
      blocked.set(true);
      return null;
    }
    const device = (audio ??= new AudioContext());
    if (device.state !== "running") {
      // Where sound is blocked, the answer never comes.
      const started = device.resume().then(() => true);
      const waited = new Promise<boolean>((done) => setTimeout(() => done(false), startsWithin));
      void Promise.race([started, waited]).then((good) => {
        blocked.set(!good);
        rest();
      });
    }
    return device;
  };

  /** A running device keeps a machine awake: it rests while nothing plays. */
  const rest = (): void => {
    if (ringing === null && playing.size === 0 && audio?.state === "running") {
      void audio.suspend();
    }
  };

  const start = (sound: Sound, seconds: number): AudioBufferSourceNode | null => {
    const device = open();
    if (device === null) {
      return null;
    }
    const gain = device.createGain();
    gain.gain.value = prefs.volume.get();
    gain.connect(device.destination);
    const source = device.createBufferSource();
    source.buffer = record(device, sound);
    source.loop = seconds > 0;
    source.connect(gain);
    source.addEventListener("ended", () => {
      gain.disconnect();
      playing.delete(source);
      if (ringing === source) {
        ringing = null;
      }
      rest();
    });
    source.start();
    // By the device's own clock: a hidden tab's timers may be a minute late.
    if (seconds > 0) {
      source.stop(device.currentTime + seconds);
    }
    return source;
  };

  const once = (sound: Sound): void => {
    const source = start(sound, 0);
    if (source !== null) {
      playing.add(source);
    }
  };

  const ring = (on: boolean, seconds: number): void => {
    ringUntil = on ? Date.now() + seconds * 1000 : 0;
    if (!on || !prefs.sounds.offer.get() || seconds <= 0) {
      ringing?.stop();
      ringing = null;
      rest();
    } else if (ringing === null) {
      ringing = start("offer", seconds);
    }
  };

  /** Any press is the gesture that browsers wait for. */
  const pressed = (): void => {
    if (!blocked.get()) {
      return;
    }
    blocked.set(false);
    const left = (ringUntil - Date.now()) / 1000;
    if (left > 0) {
      ring(true, left);
    } else {
      open();
    }
  };
  document.addEventListener("pointerup", pressed, { capture: true });
  document.addEventListener("keyup", pressed, { capture: true });

  return {
    ring,
    ready: () => void open(),
    play: (sound) => {
      if (prefs.sounds[sound].get()) {
        once(sound);
      }
    },
    test: once,
    allow: pressed,
    blocked,
  };
}

/** Renders a sound: plain tones that come and go softly. */
function record(device: BaseAudioContext, sound: Sound): AudioBuffer {
  const { length, notes } = scores[sound];
  const rate = device.sampleRate;
  const buffer = device.createBuffer(1, Math.ceil(length * rate), rate);
  const wave = buffer.getChannelData(0);
  for (const n of notes) {
    const from = Math.round(n.at * rate);
    const count = Math.round(n.length * rate);
    for (let i = 0; i < count; i++) {
      const rise = Math.min(i / (0.01 * rate), 1);
      const fall = Math.exp((-4 * i) / count) * Math.min((count - i) / (0.02 * rate), 1);
      wave[from + i] = 0.5 * rise * fall * Math.sin((2 * Math.PI * n.pitch * i) / rate);
    }
  }
  return buffer;
}
