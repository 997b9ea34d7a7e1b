// The carrier's end of one call, as its document's samples are written: `ws`, and JSON.stringify of
// Buffers. Checks what the server sends, and prints one JSON object; exit status 1 if anything is
// wrong, with what it is in `faults`.
//
//   node carrier.mjs URL [--press DIGITS] [--form buffer|base64|list|binary|bare] [--seconds N]

import { parseArgs } from "node:util";
import WebSocket from "ws";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    press: { type: "string", default: "" },
    form: { type: "string", default: "buffer" },
    seconds: { type: "string", default: "30" },
    "call-id": { type: "string", default: `node-${process.pid}-${Date.now()}` },
  },
});
const callId = options["call-id"];

const FRAME_MS = 20;
const FRAME_SAMPLES = 160;
const MOMENT_MS = 150; // A key is pressed when the bot has been quiet for so long.
const RINGS_MS = 40; // from the acknowledgement until the callee picks up
const SILENCE = Buffer.alloc(FRAME_SAMPLES, 0xff);
const DIGITS = "0123456789*#ABCD";
const ACKNOWLEDGED_WITHIN_MS = 10_000; // the carrier's document, "Limitations and Constraints"
const LARGEST_FRAME = 1_000_000;

const report = {
  callId,
  acknowledgedMs: null,
  greetingSamples: 0,
  mediaMessages: 0,
  mediaSamples: 0,
  interrupts: 0,
  framesSent: 0,
  closeCode: null,
  closeReason: "",
  heardWhole: false,
  faults: [],
};

function fault(what) {
  report.faults.push(what);
}

// -- what the server sends --------------------------------------------------------------------------

// Returns the samples of a payload, or 0 with a fault for what is no mu-law WAV file.
function samplesOf(payload) {
  if (payload?.type !== "Buffer" || !Array.isArray(payload.data)) {
    fault("a payload is no Buffer");
    return 0;
  }
  const file = Buffer.from(payload); // as Buffer.from revives what JSON.stringify made of one
  const wrong = wrongInWav(file);
  if (wrong) {
    fault(`a payload is no mu-law WAV file: ${wrong}`);
    return 0;
  }
  return chunk(file, "data").length;
}

function wrongInWav(file) {
  if (file.toString("latin1", 0, 4) !== "RIFF") return "no RIFF";
  if (file.toString("latin1", 8, 12) !== "WAVE") return "no WAVE";
  if (file.readUInt32LE(4) !== file.length - 8) return "RIFF size";
  const format = chunk(file, "fmt ");
  const data = chunk(file, "data");
  if (!format || !data) return "no fmt or data chunk";
  const found = {
    tag: format.readUInt16LE(0),
    channels: format.readUInt16LE(2),
    rate: format.readUInt32LE(4),
    bytesPerSecond: format.readUInt32LE(8),
    blockAlign: format.readUInt16LE(12),
    bits: format.readUInt16LE(14),
  };
  const wanted = { tag: 7, channels: 1, rate: 8000, bytesPerSecond: 8000, blockAlign: 1, bits: 8 };
  return JSON.stringify(found) === JSON.stringify(wanted) ? "" : JSON.stringify(found);
}

function chunk(file, name) {
  for (let at = 12; at + 8 <= file.length; ) {
    const size = file.readUInt32LE(at + 4);
    if (at + 8 + size > file.length) return null;
    if (file.toString("latin1", at, at + 4) === name) return file.subarray(at + 8, at + 8 + size);
    at += 8 + size + (size % 2);
  }
  return null;
}

// -- what the caller sends --------------------------------------------------------------------------

let sequence = 65_530; // wraps around early in the call
let timestamp = 4_294_966_000;
const ssrc = 0x1234abcd;

function rtp(payloadType, at, body, marker = false) {
  const header = Buffer.alloc(12);
  header[0] = 0x80;
  header[1] = payloadType | (marker ? 0x80 : 0);
  header.writeUInt16BE(sequence, 2);
  header.writeUInt32BE(at, 4);
  header.writeUInt32BE(ssrc, 8);
  sequence = (sequence + 1) % 2 ** 16;
  return Buffer.concat([header, body]);
}

// RFC 4733: 100 ms of one key, its end told three times, then 100 ms of silence.
function* pressed(digits) {
  for (const digit of digits) {
    const start = timestamp;
    for (let n = 1; n <= 8; n += 1) {
      const body = Buffer.from([DIGITS.indexOf(digit), n > 5 ? 0x8a : 0x0a, 0, 0]);
      body.writeUInt16BE(FRAME_SAMPLES * Math.min(n, 5), 2);
      yield rtp(101, start, body, n === 1);
    }
    for (let n = 0; n < 5; n += 1) yield null;
  }
}

const FORMS = {
  buffer: (packet) => packet, // JSON.stringify makes {"type":"Buffer","data":[…]} of it
  base64: (packet) => packet.toString("base64"),
  list: (packet) => [...packet],
  binary: null,
  bare: (packet) => packet.subarray(12), // without the RTP header, so without keys
};
if (options.form === "bare" && options.press) throw new Error("keys need the RTP header");

function send(packet) {
  report.framesSent += 1;
  if (options.form === "binary") {
    ws.send(packet);
    return;
  }
  const payload = FORMS[options.form](packet);
  ws.send(JSON.stringify({ event: "media", callId, payload, timestamp: Date.now() }));
}

// -- the call ---------------------------------------------------------------------------------------

const ws = new WebSocket(positionals[0], { maxPayload: LARGEST_FRAME });
let connectedAt = 0;
let answeredAt = 0;
let quietAt = 0; // when what is queued will have been heard
let keys = null;
let unpressed = options.press;

function play(samples) {
  quietAt = Math.max(quietAt, answeredAt ? Date.now() : 0) + samples / 8;
}

function nextFrame() {
  const begun = report.greetingSamples + report.mediaSamples > 0;
  if (!keys && unpressed && begun && Date.now() > quietAt + MOMENT_MS) {
    keys = pressed(unpressed[0]);
    unpressed = unpressed.slice(1);
  }
  const next = keys?.next();
  if (next?.done) {
    keys = null;
    quietAt = Math.max(quietAt, Date.now());
  }
  const packet = next?.value ?? rtp(0, timestamp, SILENCE);
  timestamp = (timestamp + FRAME_SAMPLES) % 2 ** 32;
  return packet;
}

function stream() {
  answeredAt = Date.now();
  quietAt += answeredAt; // the greeting begins with our first media
  let sent = 0;
  const step = () => {
    while (ws.readyState === WebSocket.OPEN && answeredAt + sent * FRAME_MS <= Date.now()) {
      send(nextFrame());
      sent += 1;
    }
    if (ws.readyState === WebSocket.OPEN) {
      setTimeout(step, answeredAt + sent * FRAME_MS - Date.now());
    }
  };
  step();
}

const HANDLERS = {
  connected(message) {
    if (report.acknowledgedMs !== null) fault("the call was acknowledged twice");
    report.acknowledgedMs = Date.now() - connectedAt;
    if (message.data?.callId !== callId) fault("the acknowledgement names another call");
    setTimeout(stream, RINGS_MS);
  },
  greeting(message) {
    if (answeredAt) fault("a greeting came after the answer");
    if (message.callId !== callId) fault("the greeting names another call");
    report.greetingSamples += samplesOf(message.payload);
    play(report.greetingSamples);
  },
  media(message) {
    if (message.callId !== callId) fault("media names another call");
    if (!Number.isInteger(message.timestamp)) fault("media has no timestamp");
    const samples = samplesOf(message.payload);
    report.mediaMessages += 1;
    report.mediaSamples += samples;
    play(samples);
  },
  interrupt(message) {
    if (message.callId !== callId) fault("an interrupt names another call");
    report.interrupts += 1;
    quietAt = Date.now();
  },
};

ws.on("open", () => {
  connectedAt = Date.now();
  ws.send(JSON.stringify({ event: "connected", callId, mobileNo: "4155551234" }));
});

ws.on("message", (data, isBinary) => {
  if (isBinary) {
    fault("a binary frame");
    return;
  }
  if (data.length >= LARGEST_FRAME) fault(`a frame of ${data.length} bytes`);
  const message = JSON.parse(data);
  if (report.acknowledgedMs === null && message.event !== "connected") {
    fault(`${message.event} came before the acknowledgement`);
  }
  const handle = HANDLERS[message.event];
  if (handle) handle(message);
  else fault(`an unknown event: ${message.event}`);
});

ws.on("close", (code, reason) => {
  report.closeCode = code;
  report.closeReason = reason.toString();
  // What was said last has been played out when the server closes; half a packet is no cut.
  report.heardWhole = Date.now() >= quietAt - FRAME_MS / 2;
  if (code !== 1000) fault(`closed with ${code}, not 1000`);
  if (code === 1000 && !report.heardWhole) fault("closed before the last words were heard");
  console.log(JSON.stringify(report));
  process.exit(report.faults.length ? 1 : 0);
});

ws.on("error", (error) => fault(`the connection failed: ${error.message}`));

setTimeout(() => {
  if (report.acknowledgedMs === null) {
    fault("not acknowledged within 10 s");
    ws.close(1008);
  }
}, ACKNOWLEDGED_WITHIN_MS);

setTimeout(() => {
  fault(`not over within ${options.seconds} s`);
  ws.close(1000);
}, 1000 * Number(options.seconds));
