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
	export interface AgentSet {
	    id: string;
	    revision: number;
	    name: string;
	    role: string;
	    teams: string[];
	    manages: string[];
	    threshold: number;
	    active: boolean;
	    newToken: boolean;
	    tokenLabel: string;
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
	export interface PendingAsk {
	    open: boolean;
	    seq: number;
	}
	export interface CompanyAsk {
	    open: boolean;
	    seq: number;
	}
	export interface TargetsAsk {
	    open: boolean;
	    chats: string[];
	    seq: number;
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
	    targets: TargetsAsk;
	    company: CompanyAsk;
	    pending: PendingAsk;
	}
	export interface Asked {
	    command: string;
	    kind: string;
	    sent: boolean;
	    cancellable: boolean;
	    chats: number;
	}
	export interface AssetSet {
	    id: string;
	    revision: number;
	    channel: string;
	    name: string;
	    address: string;
	    team: string;
	    shared: string[];
	    priority: number;
	    active: boolean;
	    vendorId: string;
	    credential: string;
	}
	export interface Attachment {
	    id: string;
	    name: string;
	    mime: string;
	    size: number;
	    state: string;
	}
	export interface BatchFailed {
	    chat: string;
	    customer: string;
	    problem: Problem;
	}
	export interface Batch {
	    command: string;
	    kind: string;
	    to: string;
	    toQueue: boolean;
	    note: string;
	    total: number;
	    state: string;
	    done: number;
	    failed: BatchFailed[];
	    undoUntil: number;
	    cancellable: boolean;
	}
	
	export interface TeamSet {
	    id: string;
	    revision: number;
	    name: string;
	    prefix: string;
	    releaseMinutes: number;
	    escalateEvery: number;
	    escalateUnit: string;
	    escalateUnset: boolean;
	    holdDays: number;
	    closeDays: number;
	    onSignOut: string;
	    autoAssign: string;
	}
	export interface Company {
	    seq: number;
	    teams: TeamSet[];
	    agents: AgentSet[];
	    assets: AssetSet[];
	    channels: string[];
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
	export interface Filter {
	    channels: string[];
	    dots: string[];
	    teams: string[];
	    onHold: boolean;
	    query: string;
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
	    status: string;
	    team: string;
	    tags: string[];
	    releaseAt: number;
	    period: number;
	    extends: boolean;
	    queued: string;
	    gone: boolean;
	    goneTo: string;
	    selected: boolean;
	    found: string;
	}
	export interface Found {
	    query: string;
	    rows: Row[];
	    more: boolean;
	}
	export interface Left {
	    how: string;
	    by: string;
	    byMe: boolean;
	    at: number;
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
	    cancellable: boolean;
	    unsupported: string;
	    line: string;
	    args: string[];
	}
	export interface Notice {
	    id: number;
	    chat: string;
	    customer: string;
	    command: string;
	    problem: Problem;
	}
	export interface Pending {
	    seq: number;
	    rows: Row[];
	}
	export interface TargetAgent {
	    id: string;
	    name: string;
	    load: number;
	    threshold: number;
	    problem: Problem[];
	}
	export interface TargetTeam {
	    id: string;
	    name: string;
	    own: boolean;
	    problem: Problem[];
	    agents: TargetAgent[];
	}
	export interface Targets {
	    seq: number;
	    chats: number;
	    names: string[];
	    live: boolean;
	    at: number;
	    teams: TargetTeam[];
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
	    draftKind: string;
	    draftSeen: number;
	    asked: Asked[];
	    left: Left[];
	    person: Person;
	    actions: string[];
	}
	export interface Rows {
	    seq: number;
	    list: string;
	    total: number;
	    from: number;
	    rows: Row[];
	    all: number;
	    order: string;
	    orders: string[];
	    filter: Filter;
	    searching: boolean;
	    moved: number;
	    selected: number;
	    selectable: number;
	}
	export interface Team {
	    id: string;
	    name: string;
	    manages: boolean;
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
	    drafts: number;
	    outbox: number;
	    queued: Queued[];
	    notices: Notice[];
	    decisions: Decision[];
	    lastChat: string;
	    batches: Batch[];
	    teams: Team[];
	    admin: boolean;
	    channels: string[];
	}
	export interface Patch {
	    status: Status[];
	    rows: Rows[];
	    thread: Thread[];
	    targets: Targets[];
	    company: Company[];
	    pending: Pending[];
	}
	
	
	
	
	
	
	
	export interface Saved {
	    problem: Problem[];
	    token: string;
	}
	export interface Settings {
	    language: string;
	    notifications: boolean;
	    plainKeysOff: boolean;
	}
	
	
	
	
	
	
	
	
	

}

