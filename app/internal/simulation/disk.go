package simulation

import (
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"parley/app/internal/record"
)

// table is what a file holds: values by bucket and key. A value is never changed.
type table map[string]map[string][]byte

func (t table) apply(b record.Batch) {
	for _, op := range b {
		if t[op.Bucket] == nil {
			t[op.Bucket] = map[string][]byte{}
		}
		switch op.Kind {
		case record.OpPut:
			t[op.Bucket][op.Key] = op.Value
		case record.OpDelete:
			delete(t[op.Bucket], op.Key)
		case record.OpDeletePrefix:
			maps.DeleteFunc(t[op.Bucket], func(k string, _ []byte) bool { return strings.HasPrefix(k, op.Key) })
		}
	}
}

func (t table) read(bucket, prefix string) (all []record.Record) {
	for _, k := range slices.Sorted(maps.Keys(t[bucket])) {
		if strings.HasPrefix(k, prefix) {
			all = append(all, record.Record{Bucket: bucket, Key: k, Value: t[bucket][k]})
		}
	}
	return all
}

func (t table) clone() table {
	c := table{}
	for b, rows := range t {
		c[b] = maps.Clone(rows)
	}
	return c
}

// disk is a console's two files, and the engine's writer before them: what the engine asks for is done later, in its
// order, and what was not done when the process is killed is lost.
type disk struct {
	outbox table
	cache  table
	// synced is the cache as power cannot take it; since is what was written after that.
	synced table
	since  []record.Batch

	jobs    []job
	full    bool
	unsaved record.Batch // of the cache: refused so far, and before everything later
}

// job is a batch to write or a bucket to read.
type job struct {
	file   record.File
	batch  record.Batch
	saved  func(full bool)
	prefix string
	read   func([]record.Record)
	bucket string
}

func newDisk() *disk { return &disk{outbox: table{}, cache: table{}, synced: table{}} }

// save asks for a batch to be written; saved is called when it is, or cannot be.
func (d *disk) save(f record.File, b record.Batch, saved func(full bool)) {
	if len(b) > 0 {
		d.jobs = append(d.jobs, job{file: f, batch: b, saved: saved})
	}
}

// load asks for a reading, which sees everything asked for before it.
func (d *disk) load(bucket, prefix string, read func([]record.Record)) {
	d.jobs = append(d.jobs, job{bucket: bucket, prefix: prefix, read: read})
}

// work does the next thing; false: there is none. refused: the disk did not take it.
func (d *disk) work(r *rand.Rand) (worked, refused bool) {
	if len(d.jobs) == 0 {
		return false, false
	}
	j := d.jobs[0]
	d.jobs = d.jobs[1:]
	switch {
	case j.read != nil:
		j.read(d.unsaved.Over(d.cache.read(j.bucket, j.prefix), j.bucket, j.prefix))
	case j.file == record.Outbox:
		if refused = d.full; !refused {
			d.outbox.apply(j.batch)
		}
		if j.saved != nil {
			j.saved(refused)
		}
	default:
		b := append(d.unsaved, j.batch...)
		d.unsaved = nil
		for len(d.jobs) > 0 && d.jobs[0].file == record.Cache && r.IntN(8) != 0 { // as the engine's writer does
			b = append(b, d.jobs[0].batch...)
			d.jobs = d.jobs[1:]
		}
		if refused = d.full; refused {
			d.unsaved = b
			return true, true
		}
		d.write(b, r)
	}
	return true, refused
}

// write writes to the cache; now and then all that it has is safe from a power cut.
func (d *disk) write(b record.Batch, r *rand.Rand) {
	d.cache.apply(b)
	d.since = append(d.since, b)
	if r.IntN(4) == 0 {
		d.sync()
	}
}

func (d *disk) sync() {
	for _, b := range d.since {
		d.synced.apply(b)
	}
	d.since = nil
}

// killed is what a kill leaves: what was asked for and not done is gone.
func (d *disk) killed() {
	d.jobs, d.unsaved = nil, nil
}

// powerless is what a power cut leaves: of what was not safe, the first so many writes. It reports whether any are
// lost.
func (d *disk) powerless(r *rand.Rand) bool {
	d.killed()
	kept := r.IntN(len(d.since) + 1)
	lost := kept < len(d.since)
	d.since = d.since[:kept]
	d.sync()
	d.cache = d.synced.clone()
	return lost
}

// torn is a cache that cannot be read: it is begun anew.
func (d *disk) torn() {
	d.killed()
	d.cache, d.synced, d.since = table{}, table{}, nil
}

var aNumber = regexp.MustCompile(`"last_inbound_at":\d+`)

// decay changes a fact in the cache that no count depends on.
func (d *disk) decay(r *rand.Rand) {
	for _, key := range slices.Sorted(maps.Keys(d.cache["chats"])) {
		if r.IntN(3) == 0 {
			row := aNumber.ReplaceAll(d.cache["chats"][key], []byte(`"last_inbound_at":1767225600001`))
			d.cache["chats"][key] = row
		}
	}
}
