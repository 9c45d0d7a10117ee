// Package licences carries the licences of everything that goes into Parley's programs, Parley's own first. The
// text is collected by `go run ./build/licences/collect`; build/check sees that it is current.
package licences

import _ "embed"

// Text is for people to read: for each library its name, its version and its licence, word for word.
//
//go:embed licences.txt
var Text string
