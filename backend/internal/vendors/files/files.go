// Package files makes the small files that simulated customers send: real ones, which any viewer opens, and the
// same ones for the same seed.
package files

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"strings"
	"time"
)

// The size of a picture.
const (
	width  = 360
	height = 240
)

// PNG returns a picture that could be a photo of a box on a floor, from far away.
func PNG(seed uint64) []byte {
	chance := rand.New(rand.NewPCG(seed, 1))
	hue := func() uint8 { return uint8(60 + chance.IntN(150)) }
	picture := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{
		color.RGBA{hue(), hue(), hue(), 255}, color.RGBA{hue(), hue(), hue(), 255},
		color.RGBA{176, 132, 84, 255}, color.RGBA{148, 106, 62, 255}, color.RGBA{236, 228, 205, 255},
	})
	fill(picture, image.Rect(0, height*2/3, width, height), 1)
	box := image.Rect(0, 0, 110+chance.IntN(60), 80+chance.IntN(40)).Add(image.Pt(60+chance.IntN(100), 70+chance.IntN(40)))
	fill(picture, box, 2)
	fill(picture, image.Rect(box.Max.X-24, box.Min.Y, box.Max.X, box.Max.Y), 3)
	fill(picture, image.Rect(box.Min.X, box.Min.Y+box.Dy()/2-6, box.Max.X, box.Min.Y+box.Dy()/2+6), 4)
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		panic("BUG: files: encode a picture: " + err.Error())
	}
	return b.Bytes()
}

func fill(picture *image.Paletted, area image.Rectangle, index uint8) {
	area = area.Intersect(picture.Bounds())
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			picture.SetColorIndex(x, y, index)
		}
	}
}

// PDF returns a document of one page with lines of ASCII text.
func PDF(lines ...string) []byte {
	var text strings.Builder
	text.WriteString("BT /F1 14 Tf 72 760 Td 20 TL\n")
	escape := strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`)
	for _, line := range lines {
		fmt.Fprintf(&text, "(%s) Tj T*\n", escape.Replace(line))
	}
	text.WriteString("ET")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", text.Len(), text.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var at []int
	for i, object := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

// An Opus stream's samples are counted at 48 kHz; a packet of silence lasts 20 ms and takes 3 bytes.
const (
	sampleRate = 48000
	perPacket  = sampleRate / 50
	perPage    = 50 // packets
	serial     = 0x70617263
)

var silence = []byte{0xf8, 0xff, 0xfe}

// Ogg returns a voice message of silence, as long as given, in Ogg Opus.
func Ogg(length time.Duration) []byte {
	head := append([]byte("OpusHead\x01\x01"), 0, 0) // version 1, one channel, nothing to skip
	head = binary.LittleEndian.AppendUint32(head, sampleRate)
	head = append(head, 0, 0, 0) // no gain, the first mapping
	tags := binary.LittleEndian.AppendUint32([]byte("OpusTags"), 6)
	tags = binary.LittleEndian.AppendUint32(append(tags, "parley"...), 0)

	out := page(nil, first, 0, 0, head)
	out = page(out, 0, 0, 1, tags)
	packets := max(int(length/(20*time.Millisecond)), 1)
	for number, done := uint32(2), 0; done < packets; number++ {
		n := min(perPage, packets-done)
		done += n
		flag := byte(0)
		if done == packets {
			flag = last
		}
		all := make([][]byte, n)
		for i := range all {
			all[i] = silence
		}
		out = page(out, flag, uint64(done*perPacket), number, all...)
	}
	return out
}

// Flags of an Ogg page.
const (
	first byte = 2
	last  byte = 4
)

// page appends an Ogg page that holds packets, each shorter than 255 bytes.
func page(out []byte, flag byte, position uint64, number uint32, packets ...[]byte) []byte {
	start := len(out)
	out = append(out, 'O', 'g', 'g', 'S', 0, flag)
	out = binary.LittleEndian.AppendUint64(out, position)
	out = binary.LittleEndian.AppendUint32(out, serial)
	out = binary.LittleEndian.AppendUint32(out, number)
	out = binary.LittleEndian.AppendUint32(out, 0) // the checksum, of the page with 0 here
	out = append(out, byte(len(packets)))
	for _, p := range packets {
		out = append(out, byte(len(p)))
	}
	for _, p := range packets {
		out = append(out, p...)
	}
	binary.LittleEndian.PutUint32(out[start+22:], checksum(out[start:]))
	return out
}

// checksum is Ogg's CRC-32: the usual polynomial, neither reflected nor inverted.
func checksum(b []byte) uint32 {
	var crc uint32
	for _, x := range b {
		crc ^= uint32(x) << 24
		for range 8 {
			high := crc & (1 << 31)
			crc <<= 1
			if high != 0 {
				crc ^= 0x04c11db7
			}
		}
	}
	return crc
}
