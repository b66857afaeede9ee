// The AI SDK with its OpenAI-compatible provider: text, a stream, an object. Prints what it got as one JSON object.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, Output, streamText } from "ai";
import { z } from "zod";

const provider = createOpenAICompatible({
  name: "llamacffi",
  baseURL: `${process.argv[2]}/v1`,
  supportsStructuredOutputs: true,
  includeUsage: true,
});
const asked = { model: provider("any"), prompt: "Say hello.", temperature: 0, maxOutputTokens: 12, maxRetries: 0 };
const out = {};

const whole = await generateText(asked);
out.text = whole.text;
out.usage = whole.usage.outputTokens;
const streamed = streamText(asked);
const texts = [];
for await (const text of streamed.textStream) texts.push(text);
out.streamed = { text: texts.join(""), parts: texts.length, usage: (await streamed.usage).outputTokens };
const { output } = await generateText({
  ...asked,
  prompt: "Name a city.",
  maxOutputTokens: 200,
  output: Output.object({ schema: z.object({ name: z.string().max(12), size: z.enum(["small", "large"]) }) }),
});
out.object = output;
console.log(JSON.stringify(out));
