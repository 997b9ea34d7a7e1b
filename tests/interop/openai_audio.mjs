// OpenAI's API for speech on a port of this machine, as aimock has it. Prints its address; ends when
// its standard input does.

import { LLMock } from "@copilotkit/aimock";

const heard = { text: "I would like a table for five." };
const tone = Buffer.alloc(2 * 4800);
for (let at = 0; at < 4800; at += 1) {
  tone.writeInt16LE(Math.round(9000 * Math.sin((2 * Math.PI * 440 * at) / 24000)), 2 * at);
}

const server = new LLMock({ port: 0 });
server.addFixture({
  match: { endpoint: "realtime-transcription", model: "gpt-4o-transcribe" },
  response: { error: { message: "Speech: a table", type: "server_error", code: "overloaded" } },
});
server.addFixture({ match: { endpoint: "realtime-transcription" }, response: { transcription: heard } });
server.addFixture({
  match: { endpoint: "transcription", model: "whisper-1" },
  response: { transcription: { ...heard, segments: [{ id: 0, text: heard.text, avg_logprob: -0.25 }] } },
});
server.onTranscription({ transcription: heard });
server.onSpeech("Refuse this.", {
  error: { message: "Slow down: Refuse this.", type: "rate_limit_error", code: "rate_limit_exceeded" },
  status: 429,
  retryAfter: 3,
});
server.onSpeech(/.*/, { audio: tone.toString("base64"), format: "pcm" });

await server.start();
console.log(server.url);
process.stdin.on("end", () => server.stop()).resume();
