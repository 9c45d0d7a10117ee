package memory

import (
	"encoding/binary"
	"strings"
)

// Keys are concatenations of parts; comparing keys by byte compares them part by part.

// str is a part that is compared by byte. It ends in a mark that no other text begins with.
func str[S ~string](s S) string {
	return strings.ReplaceAll(string(s), "\x00", "\x00\xff") + "\x00\x01"
}

// num is a part that is compared as a number.
func num[N ~int64](n N) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(n)^1<<63)
	return string(b[:])
}
