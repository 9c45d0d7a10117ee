// Package frontend hands out the built page and says what it may do. The page itself is in src, in TypeScript.
package frontend

import (
	"embed"
	"errors"
	"io/fs"
)

// Policy is the page's content security policy, sent with it by whoever serves it: nothing from anywhere else, no
// script or style in the page itself, and no place that it could send anything to.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

//go:embed all:dist
var dist embed.FS

// ErrNotBuilt is returned by Page where Go was built without the page.
var ErrNotBuilt = errors.New("the page was not built into this program: run make build")

// Page returns the built page, index.html at its root.
func Page() (fs.FS, error) {
	page, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	if _, err := fs.Stat(page, "index.html"); err != nil {
		return nil, ErrNotBuilt
	}
	return page, nil
}
