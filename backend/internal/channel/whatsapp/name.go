package whatsapp

import (
	"mime"
	"path"
	"strings"
	"unicode"
)

// maxFileName is how many runes a name may have; the longest file systems' limit is 255 bytes.
const maxFileName = 80

// mediaType returns the media type of s without its parameters.
func mediaType(s string) string {
	kind, _, err := mime.ParseMediaType(s)
	if err != nil || !strings.Contains(kind, "/") || !plainID(kind, 127) {
		return "application/octet-stream"
	}
	return kind
}

// endings are the usual ones of the types that the vendor lets through; a name without one gets it.
var endings = map[string]string{
	"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif",
	"audio/ogg": ".ogg", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/aac": ".aac", "audio/amr": ".amr",
	"video/mp4": ".mp4", "video/3gpp": ".3gp", "application/pdf": ".pdf", "text/plain": ".txt",
	"application/msword": ".doc", "application/vnd.ms-excel": ".xls", "application/vnd.ms-powerpoint": ".ppt",
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   ".docx",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         ".xlsx",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
}

// fileName makes a name that is safe to show and to save from the customer's: no folder, nothing that is not
// seen, nothing that hides the ending (a right-to-left override shows "exe.jpg" as "gpj.exe"), not too long. A file
// without a name is called after its kind.
func fileName(given, kind, mediaType string) string {
	name := given[strings.LastIndexAny(given, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, name)
	name = strings.Trim(name, ". ")
	if name == "" || reserved(name) {
		return kind + endings[mediaType]
	}
	return short(name)
}

// reserved reports whether a desktop's system keeps the name for a device.
func reserved(name string) bool {
	stem, _, _ := strings.Cut(strings.ToUpper(name), ".")
	switch stem {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(stem) == 4 && (stem[:3] == "COM" || stem[:3] == "LPT") && stem[3] >= '0' && stem[3] <= '9'
}

// short cuts a long name before its ending.
func short(name string) string {
	runes := []rune(name)
	if len(runes) <= maxFileName {
		return name
	}
	ending := []rune(path.Ext(name))
	if len(ending) > 12 {
		ending = nil
	}
	return strings.TrimRight(string(runes[:maxFileName-len(ending)]), ". ") + string(ending)
}
