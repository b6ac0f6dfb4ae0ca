// Written by `flask nsroute typescript`: change the Python code, and write it anew.

import type { Socket } from "socket.io-client";

/** A code of an error; those that the code of the server names are known. */
export type ErrorCode = CODES | (string & {});

/** What acknowledges an event that was not handled as asked. */
export interface Failure {
  error: { code: ErrorCode; message: string; details?: unknown };
}

/** What acknowledges an event: the value, or a failure. */
export type Answer<T> = T | Failure;

/** Returns whether an answer is a failure. */
export function isFailure(answer: unknown): answer is Failure {
  const error = (answer as Partial<Failure> | null | undefined)?.error;
  return typeof error === "object" && error !== null && typeof error.code === "string";
}

/** What `connect_error` gets if the server refuses a client. */
export interface Refusal extends Error {
  data?: { code?: ErrorCode; details?: unknown; [key: string]: unknown };
}

type AllButLast<Args> = Args extends [...infer Most, any] ? Most : never;

/** Events that are emitted without a function for the answer. */
export interface Unanswered<Events> {
  emit<Name extends string & keyof Events>(
    event: Name,
    ...args: Events[Name] extends (...args: infer Args) => void ? AllButLast<Args> : never
  ): unknown;
}
