/** The engine's protocol as JSON Schema (draft 2020-12), for readers that are not TypeScript. */
import { z } from 'zod';
import { hostCommand, hostMessage, taskDocument, taskEvent } from './engine.ts';
import {
  imageEncoderInput,
  imageEncoderResult,
  imagePreviewInput,
  imagePreviewResult,
  imageSheetsInput,
  imageSheetsResult,
  imageSurveyInput,
  imageSurveyResult,
  imageToolsInput,
  imageToolsResult,
} from './images-engine.ts';
import { samplerAskInput, samplerAskResult, samplerImportanceInput, samplerImportanceResult } from './sampler.ts';
import { trialInput, trialResult } from './trial.ts';

export const ENGINE_SCHEMAS = {
  'task-document': taskDocument,
  'task-event': taskEvent,
  'host-command': hostCommand,
  'host-message': hostMessage,
  'trial-input': trialInput,
  'trial-result': trialResult,
  'sampler-ask-input': samplerAskInput,
  'sampler-ask-result': samplerAskResult,
  'sampler-importance-input': samplerImportanceInput,
  'sampler-importance-result': samplerImportanceResult,
  'image-survey-input': imageSurveyInput,
  'image-survey-result': imageSurveyResult,
  'image-encoder-input': imageEncoderInput,
  'image-encoder-result': imageEncoderResult,
  'image-preview-input': imagePreviewInput,
  'image-preview-result': imagePreviewResult,
  'image-sheets-input': imageSheetsInput,
  'image-sheets-result': imageSheetsResult,
  'image-tools-input': imageToolsInput,
  'image-tools-result': imageToolsResult,
} as const;

/** File name in schema/ -> its text. */
export function engineSchemaFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const [name, schema] of Object.entries(ENGINE_SCHEMAS)) {
    files.set(`${name}.json`, `${JSON.stringify(z.toJSONSchema(schema), null, 2)}\n`);
  }
  return files;
}
