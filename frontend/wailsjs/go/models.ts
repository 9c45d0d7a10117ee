export namespace view {
	
	export interface About {
	    version: string;
	    licences: string;
	}
	export interface Address {
	    channel: string;
	    kind: string;
	    value: string;
	}
	export interface Problem {
	    kind: number;
	    args: string[];
	}
	export interface Answer {
	    choice: string;
	    picks: boolean;
	    problem: Problem[];
	}
	export interface ThreadAsk {
	    chat: string;
	    count: number;
	    seq: number;
	}
	export interface ListAsk {
	    list: string;
	    from: number;
	    count: number;
	    seq: number;
	}
	export interface Ask {
	    status: number;
	    list: ListAsk;
	    thread: ThreadAsk;
	}
	export interface Attachment {
	    id: string;
	    name: string;
	    mime: string;
	    size: number;
	    state: string;
	}
	export interface Decision {
	    command: string;
	    kind: string;
	    chat: string;
	    customer: string;
	    text: string;
	    at: number;
	    problem: Problem;
	    answers: Answer[];
	    sending: boolean;
	}
	export interface Earlier {
	    id: string;
	    channel: string;
	    status: string;
	    createdAt: number;
	    lastText: string;
	}
	export interface Link {
	    from: number;
	    to: number;
	    url: string;
	}
	
	export interface Message {
	    key: string;
	    number: number;
	    id: string;
	    command: string;
	    kind: string;
	    author: string;
	    mine: boolean;
	    text: string;
	    links: Link[];
	    attachments: Attachment[];
	    at: number;
	    state: string;
	    reason: string;
	    code: string;
	    detail: string;
	    problem: Problem[];
	    asks: boolean;
	    unsupported: string;
	    line: string;
	    args: string[];
	}
	export interface Notice {
	    id: number;
	    chat: string;
	    command: string;
	    problem: Problem;
	}
	export interface Person {
	    key: string;
	    customerId: string;
	    name: string;
	    addresses: Address[];
	    earlier: Earlier[];
	    earlierState: string;
	}
	export interface Thread {
	    seq: number;
	    chat: string;
	    missing: boolean;
	    goneTo: string;
	    row: Row;
	    status: string;
	    mine: boolean;
	    channel: string;
	    asset: string;
	    windowTo: number;
	    windowed: boolean;
	    maxText: number;
	    readTo: number;
	    messages: Message[];
	    older: boolean;
	    olderAway: boolean;
	    draft: string;
	    person: Person;
	}
	export interface Row {
	    id: string;
	    alias: string;
	    customer: string;
	    channel: string;
	    dot: string;
	    unread: number;
	    waitingSince: number;
	    lastInboundAt: number;
	    lastText: string;
	    lastKind: string;
	    priority: number;
	    replyQueued: boolean;
	    pickQueued: boolean;
	    draft: boolean;
	}
	export interface Rows {
	    seq: number;
	    list: string;
	    total: number;
	    from: number;
	    rows: Row[];
	}
	export interface Queued {
	    command: string;
	    kind: string;
	    chat: string;
	    customer: string;
	    text: string;
	    at: number;
	    sent: boolean;
	    cancellable: boolean;
	}
	export interface Trouble {
	    code: string;
	    args: string[];
	}
	export interface Status {
	    seq: number;
	    phase: string;
	    since: number;
	    dataAt: number;
	    clockOffset: number;
	    demo: boolean;
	    server: string;
	    keychain: string;
	    troubles: Trouble[];
	    nextTryAt: number;
	    agentId: string;
	    agentName: string;
	    available: boolean;
	    held: number;
	    pending: number;
	    waiting: number;
	    badge: string;
	    queueTotal: number;
	    title: string;
	    outbox: number;
	    queued: Queued[];
	    notices: Notice[];
	    decisions: Decision[];
	    pendingIds: string[];
	    lastChat: string;
	}
	export interface Patch {
	    status: Status[];
	    rows: Rows[];
	    thread: Thread[];
	}
	
	
	
	
	
	export interface Settings {
	    language: string;
	    notifications: boolean;
	}
	
	
	

}

