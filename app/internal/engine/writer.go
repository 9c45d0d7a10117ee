package engine

import (
	"log/slog"
	"slices"
	"sync"

	"parley/app/internal/record"
	"parley/backend/crash"
)

// maxUnsaved is how many cache records are kept to be written later while the disk refuses them. Beyond it the
// cache is left as it stands until the next start, which then resumes from there.
const maxUnsaved = 50_000

// writer is the disk's own goroutine. Jobs are done in the order in which they were given; cache batches that
// wait are written in one transaction.
type writer struct {
	files Disk
	log   *slog.Logger
	post  func(func()) // runs an answer on the engine's goroutine
	ill   func()       // the disk's troubles are others than before; runs there

	mu     sync.Mutex
	moved  *sync.Cond // something was added, taken or closed
	jobs   []job
	ops    int // records in jobs
	closed bool

	troubles []Trouble            // as last seen
	failing  map[record.File]bool // the last writing failed, and that was logged
	unsaved  record.Batch         // of the cache: refused so far; nothing later may be written before it
	gaveUp   bool
}

// job is one thing to do: a batch of a file, a reading, or some of a search.
type job struct {
	file   record.File
	batch  record.Batch
	saved  func(error) // of the outbox
	bucket string
	prefix string
	read   func([]record.Record, error)
	look   *lookup
	forget bool // remove the cache
}

// changes reports whether j is a batch of the cache.
func (j *job) changes() bool {
	return j.file == record.Cache && j.read == nil && j.look == nil && !j.forget
}

func newWriter(files Disk, log *slog.Logger, post func(func()), ill func()) *writer {
	w := &writer{files: files, log: log, post: post, ill: ill, troubles: files.Troubles(),
		failing: map[record.File]bool{}}
	w.moved = sync.NewCond(&w.mu)
	return w
}

// save queues a batch. It never waits. saved, if not nil, is called on the engine's goroutine.
func (w *writer) save(f record.File, b record.Batch, saved func(error)) {
	if len(b) > 0 {
		w.add(job{file: f, batch: b, saved: saved})
	}
}

// read queues a reading, which sees everything that was queued before it.
func (w *writer) read(bucket, prefix string, read func([]record.Record, error)) {
	w.add(job{file: record.Cache, bucket: bucket, prefix: prefix, read: read})
}

func (w *writer) add(j job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.jobs = append(w.jobs, j)
	w.ops += len(j.batch)
	w.moved.Broadcast()
}

// wait returns when less than maxBacklog is under way; who feeds the cache waits here, not the engine.
func (w *writer) wait() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.ops >= maxBacklog && !w.closed {
		w.moved.Wait()
	}
}

// finish queues the last batch of the outbox and lets run end after it.
func (w *writer) finish(b record.Batch) {
	w.save(record.Outbox, b, nil)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.moved.Broadcast()
}

func (w *writer) run() {
	for {
		jobs, ok := w.take()
		if !ok {
			break
		}
		w.do(jobs)
	}
	if err := w.files.Close(); err != nil {
		w.log.Error("closing the console's files", "err", err)
	}
}

func (w *writer) take() ([]job, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.jobs) == 0 && !w.closed {
		w.moved.Wait()
	}
	jobs := w.jobs
	w.jobs, w.ops = nil, 0
	w.moved.Broadcast()
	return jobs, len(jobs) > 0
}

func (w *writer) do(jobs []job) {
	for i := 0; i < len(jobs); i++ {
		j := jobs[i]
		switch {
		case j.look != nil:
			w.lookOn(j.look)
		case j.forget:
			w.forgetCache()
		case j.read != nil:
			records, err := w.files.Read(j.file, j.bucket, j.prefix)
			records = w.unsaved.Over(records, j.bucket, j.prefix) // what the disk refused is true all the same
			w.post(func() { j.read(records, err) })
		case j.file == record.Outbox:
			w.saveOutbox(j)
		default:
			b := j.batch
			for i+1 < len(jobs) && jobs[i+1].changes() {
				i++
				b = append(b, jobs[i].batch...)
			}
			w.saveCache(b)
		}
	}
}

// write writes a batch, logs the first failure of several, and tells if the disk's troubles have changed by that.
func (w *writer) write(f record.File, b record.Batch) error {
	err := w.files.Save(f, b)
	if err != nil && !w.failing[f] {
		w.log.Error("the console's files are not written", "file", f, "err", err)
	}
	w.failing[f] = err != nil
	if is := w.files.Troubles(); !slices.Equal(is, w.troubles) {
		w.troubles = is
		w.post(w.ill)
	}
	return err
}

func (w *writer) forgetCache() {
	w.unsaved, w.gaveUp = nil, false
	if err := w.files.Forget(); err != nil {
		w.log.Error("the cache is not removed", "err", err)
	}
}

func (w *writer) saveOutbox(j job) {
	err := w.write(record.Outbox, j.batch)
	if err == nil {
		crash.Point(crash.OutboxSaved)
	}
	if j.saved != nil {
		w.post(func() { j.saved(err) })
	}
}

func (w *writer) saveCache(b record.Batch) {
	if w.gaveUp {
		return
	}
	b = append(w.unsaved, b...)
	w.unsaved = nil
	err := w.write(record.Cache, b)
	if err == nil {
		crash.Point(crash.CacheApplied)
		return
	}
	if w.unsaved = b; len(b) > maxUnsaved {
		w.unsaved, w.gaveUp = nil, true
	}
}
