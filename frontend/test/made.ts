// Values for tests, whole and plain, of which a test names what it is about.
import type { Message, Row, Rows, Status, Thread } from '../src/core/host'

export function row(part: Partial<Row> = {}): Row {
  return {
    id: 'CSR0000000000001', alias: '', customer: 'Ana Lima', channel: 'whatsapp', dot: '', unread: 0, waitingSince: 0,
    lastInboundAt: 0, lastText: '', lastKind: 'inbound', priority: 0, replyQueued: false, pickQueued: false, draft: false,
    ...part,
  }
}

export function rows(part: Partial<Rows> = {}): Rows {
  return { seq: 1, list: 'my', total: 0, from: 0, rows: [], ...part }
}

export function status(part: Partial<Status> = {}): Status {
  return {
    seq: 1, phase: 'current', since: 0, dataAt: 1, clockOffset: 0, demo: false, server: '', keychain: '', nextTryAt: 0,
    agentId: 'a', agentName: 'Alex Kim', available: true, held: 0, pending: 0, waiting: 0, badge: '', queueTotal: 0,
    title: 'Parley', outbox: 0, notices: [], decisions: [], troubles: [], queued: [], pendingIds: [], lastChat: '', ...part,
  }
}

export function thread(part: Partial<Thread> = {}): Thread {
  return {
    seq: 1, chat: 'CSR0000000000001', missing: false, goneTo: '', row: row(), status: 'picked', mine: true,
    channel: 'whatsapp', asset: '', windowTo: 0, windowed: false, maxText: 4096, readTo: 0, messages: [], older: false,
    olderAway: false, draft: '',
    person: { key: '', customerId: '', name: '', addresses: [], earlier: [], earlierState: 'ready' }, ...part,
  }
}

export function message(part: Partial<Message> = {}): Message {
  return {
    key: `key ${part.number ?? 1}`, number: 1, id: '', command: '', kind: 'inbound', author: '', mine: false, text: '',
    links: [], attachments: [], at: 0, state: '', reason: '', code: '', detail: '', problem: [], asks: false,
    unsupported: '', line: '', args: [], ...part,
  }
}
