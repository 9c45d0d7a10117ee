// Values for tests, whole and plain, of which a test names what it is about.
import type { AgentSet, AssetSet, Batch, Message, Patch, Row, Rows, Status, Targets, TeamSet, Thread } from '../src/core/host'

export function row(part: Partial<Row> = {}): Row {
  return {
    id: 'CSR0000000000001', alias: '', customer: 'Ana Lima', channel: 'whatsapp', dot: '', unread: 0, waitingSince: 0,
    lastInboundAt: 0, lastText: '', lastKind: 'inbound', priority: 0, replyQueued: false, pickQueued: false, draft: false,
    status: 'picked', team: '', tags: [], releaseAt: 0, period: 0, extends: false, queued: '', gone: false, goneTo: '',
    selected: false, found: '', ...part,
  }
}

export function rows(part: Partial<Rows> = {}): Rows {
  return {
    seq: 1, list: 'my', total: 0, from: 0, rows: [], all: 0, order: 'last_assigned', orders: ['last_assigned'],
    filter: { channels: [], dots: [], teams: [], onHold: false, query: '' }, searching: false, moved: 0, selected: 0,
    selectable: 0, ...part,
  }
}

export function status(part: Partial<Status> = {}): Status {
  return {
    seq: 1, phase: 'current', since: 0, dataAt: 1, clockOffset: 0, demo: false, server: '', keychain: '', nextTryAt: 0,
    agentId: 'a', agentName: 'Alex Kim', available: true, held: 0, pending: 0, waiting: 0, badge: '', queueTotal: 0,
    title: 'Parley', drafts: 0, outbox: 0, notices: [], decisions: [], troubles: [], queued: [], lastChat: '',
    batches: [], teams: [], admin: false, channels: [], ...part,
  }
}

export function thread(part: Partial<Thread> = {}): Thread {
  return {
    seq: 1, chat: 'CSR0000000000001', missing: false, goneTo: '', row: row(), status: 'picked', mine: true,
    channel: 'whatsapp', asset: '', windowTo: 0, windowed: false, maxText: 4096, readTo: 0, messages: [], older: false,
    olderAway: false, draft: '', draftKind: 'reply', draftSeen: 0, asked: [], left: [], actions: [],
    person: { key: '', customerId: '', name: '', addresses: [], earlier: [], earlierState: 'ready' }, ...part,
  }
}

export function message(part: Partial<Message> = {}): Message {
  return {
    key: `key ${part.number ?? 1}`, number: 1, id: '', command: '', kind: 'inbound', author: '', mine: false, text: '',
    links: [], attachments: [], at: 0, state: '', reason: '', code: '', detail: '', problem: [], asks: false,
    cancellable: false, unsupported: '', line: '', args: [], ...part,
  }
}

export function patch(part: Partial<Patch> = {}): Patch {
  return { status: [], rows: [], thread: [], targets: [], company: [], pending: [], ...part }
}

export function batch(part: Partial<Batch> = {}): Batch {
  return {
    command: 'c1', kind: 'transfer', to: 'Bo', toQueue: false, note: '', total: 1, state: 'ended', done: 1, failed: [], undoUntil: 0,
    cancellable: false, ...part,
  }
}

export function targets(part: Partial<Targets> = {}): Targets {
  return { seq: 1, chats: 1, names: [], live: true, at: 0, teams: [], ...part }
}

export function team(part: Partial<TeamSet> = {}): TeamSet {
  return {
    id: 't', revision: 1, name: 'Support', prefix: 'CSR', releaseMinutes: 0, escalateEvery: 0, escalateUnit: 'minutes',
    escalateUnset: false, holdDays: 0, closeDays: 0, onSignOut: 'keep', autoAssign: 'off', ...part,
  }
}

export function agent(part: Partial<AgentSet> = {}): AgentSet {
  return {
    id: 'a', revision: 1, name: 'Alex Kim', role: 'agent', teams: ['t'], manages: [], threshold: 99, active: true,
    newToken: false, tokenLabel: '', ...part,
  }
}

export function asset(part: Partial<AssetSet> = {}): AssetSet {
  return {
    id: 's', revision: 1, channel: 'whatsapp', name: 'Support line', address: '+49301234567', team: 't', shared: [],
    priority: 0, active: true, vendorId: '', credential: '', ...part,
  }
}
