package files

import (
	"bytes"
	"image/png"
	"regexp"
	"strconv"
	"testing"
	"time"
)

func TestPNG(t *testing.T) {
	a := PNG(7)
	picture, err := png.Decode(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	if size := picture.Bounds().Size(); size.X != width || size.Y != height {
		t.Errorf("the picture is %v", size)
	}
	if !bytes.Equal(a, PNG(7)) || bytes.Equal(a, PNG(8)) {
		t.Error("the same seed must give the same picture, another another")
	}
}

// TestPDF follows the document's own table to every object in it.
func TestPDF(t *testing.T) {
	doc := PDF("Invoice (copy)", `back\slash`)
	m := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(doc)
	if m == nil {
		t.Fatal("no startxref")
	}
	start, _ := strconv.Atoi(string(m[1]))
	if !bytes.HasPrefix(doc[start:], []byte("xref\n0 6\n")) {
		t.Fatalf("no table at %d", start)
	}
	entries := regexp.MustCompile(`(\d{10}) 00000 n `).FindAllSubmatch(doc[start:], -1)
	if len(entries) != 5 {
		t.Fatalf("%d objects in the table", len(entries))
	}
	for i, e := range entries {
		at, _ := strconv.Atoi(string(e[1]))
		if want := strconv.Itoa(i+1) + " 0 obj\n"; !bytes.HasPrefix(doc[at:], []byte(want)) {
			t.Errorf("object %d is not at %d", i+1, at)
		}
	}
	if !bytes.Contains(doc, []byte(`(Invoice \(copy\)) Tj`)) || !bytes.Contains(doc, []byte(`(back\\slash) Tj`)) {
		t.Error("the text is not escaped")
	}
}

// TestOgg walks the pages and checks each checksum with one made bit by bit from the definition's table form.
func TestOgg(t *testing.T) {
	b := Ogg(2500 * time.Millisecond)
	pages, packets := 0, 0
	for len(b) > 0 {
		if string(b[:4]) != "OggS" {
			t.Fatalf("page %d does not begin with OggS", pages)
		}
		segments := int(b[26])
		size := 27 + segments
		for _, n := range b[27 : 27+segments] {
			size += int(n)
		}
		one := bytes.Clone(b[:size])
		given := append([]byte(nil), one[22:26]...)
		copy(one[22:26], []byte{0, 0, 0, 0})
		if sum := tableChecksum(one); !bytes.Equal(given, []byte{byte(sum), byte(sum >> 8), byte(sum >> 16), byte(sum >> 24)}) {
			t.Errorf("page %d has the wrong checksum", pages)
		}
		if pages >= 2 {
			packets += segments
		}
		if ends := b[5]&last != 0; ends != (size == len(b)) {
			t.Errorf("page %d: the mark of the end is %v", pages, ends)
		}
		pages++
		b = b[size:]
	}
	if pages != 5 || packets != 125 {
		t.Errorf("%d pages with %d packets", pages, packets)
	}
}

func tableChecksum(b []byte) (crc uint32) {
	var table [256]uint32
	for i := range table {
		r := uint32(i) << 24
		for range 8 {
			if r&0x80000000 != 0 {
				r = r<<1 ^ 0x04c11db7
			} else {
				r <<= 1
			}
		}
		table[i] = r
	}
	for _, x := range b {
		crc = crc<<8 ^ table[byte(crc>>24)^x]
	}
	return crc
}
