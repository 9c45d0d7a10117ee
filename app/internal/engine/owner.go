package engine

import (
	"parley/app/internal/record"
	"parley/app/internal/replica"
)

// originKey is where the cache says whose it is.
const originKey = "origin"

// ownCache makes the cache that of origin. What the demo desk said is not shown as a server's: then read is made to
// find nothing, and the batch removes it. A cache that does not say whose it is, is this one's.
func ownCache(origin string, read *func(bucket string) ([]record.Record, error)) record.Batch {
	records, err := (*read)(bucketScreen)
	if err != nil {
		return nil // the cache is begun anew in any case
	}
	var b record.Batch
	for _, r := range records {
		switch {
		case r.Key != originKey:
		case string(r.Value) == origin:
			return nil
		default:
			b = replica.Wipe()
			b.DeletePrefix(bucketScreen, "")
			*read = func(string) ([]record.Record, error) { return nil, nil }
		}
	}
	b.Put(bucketScreen, originKey, []byte(origin))
	return b
}
