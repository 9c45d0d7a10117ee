// What is said of a command of many chats: how far it is, and what came of it.
import type { Batch, BatchFailed } from '../../core/host'
import { problemText, worded, type Catalogue } from '../../i18n'

type Deed = 'transfer' | 'pick' | 'undo'

/** Reason is why some chats stayed, and which. */
export interface Reason {
  readonly text: string
  readonly chats: readonly BatchFailed[]
}

/** headline says how a batch stands in one sentence. */
export function headline(words: Catalogue, batch: Batch): string {
  const says = words.transfer
  const deed = deedOf(batch.kind)
  const to = batch.toQueue ? says.toQueue(batch.to) : says.toAgent(batch.to)
  if (deed === undefined) return worded(words.commands, batch.kind)
  if (batch.state !== 'ended') return (batch.state === 'queued' ? says.queued : says.sent)[deed](batch.total, to)
  if (batch.failed.length === 0) return says.all[deed](batch.done, to)
  return says.some[deed](batch.done, batch.total, to)
}

/** reasons groups the chats that stayed by why they did, in the order in which the reasons came. */
export function reasons(words: Catalogue, batch: Batch): Reason[] {
  const found = new Map<string, BatchFailed[]>()
  for (const failed of batch.failed) {
    const text = reasonText(words, batch, failed)
    found.set(text, [...(found.get(text) ?? []), failed])
  }
  return [...found].map(([text, chats]) => ({ text, chats }))
}

/** How long the giver can undo a transfer. The time known here may be a moment behind, and never says more. */
const UNDO_SECONDS = 10

/** undoSeconds is for how many seconds a batch can still be undone; 0: it cannot. */
export function undoSeconds(batch: Batch, now: number): number {
  return batch.state === 'ended' ? Math.min(UNDO_SECONDS, Math.max(0, Math.ceil((batch.undoUntil - now) / 1000))) : 0
}

// A transfer that found its target full says so of the target; everybody else who is full is the agent.
function reasonText(words: Catalogue, batch: Batch, { problem }: BatchFailed): string {
  const [load, threshold] = problem.args
  if (batch.kind === 'transfer' && problem.kind === 23 && load !== undefined && threshold !== undefined)
    return words.transfer.targetFull(batch.to, load, threshold)
  return problemText(words, problem)
}

function deedOf(kind: string): Deed | undefined {
  return kind === 'transfer' || kind === 'pick' || kind === 'undo' ? kind : undefined
}
