import type { z } from '@hono/zod-openapi'
import { ProblemDocument } from './schemas.ts'

interface JsonAnswer<Schema extends z.ZodType> {
  readonly description: string
  readonly content: { readonly 'application/json': { readonly schema: Schema } }
}

interface ProblemAnswer {
  readonly description: string
  readonly content: { readonly 'application/problem+json': { readonly schema: typeof ProblemDocument } }
}

/** A JSON answer as OpenAPI describes it. */
export function jsonAnswer<Schema extends z.ZodType>(description: string, schema: Schema): JsonAnswer<Schema> {
  return { description, content: { 'application/json': { schema } } }
}

/** A problem answer as OpenAPI describes it. */
export function problemAnswer(description: string): ProblemAnswer {
  return { description, content: { 'application/problem+json': { schema: ProblemDocument } } }
}
