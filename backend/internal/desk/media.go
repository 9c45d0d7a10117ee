package desk

import "parley/backend/chat"

// attachments names the files of a customer's message; they are fetched after it was stored.
func (d *decision) attachments(files []File) []chat.Attachment {
	var all []chat.Attachment
	for _, f := range files[:min(len(files), MaxFiles)] {
		a := chat.Attachment{ID: chat.MediaID(d.ids.Opaque()), Name: fileName(f.Name), MIME: line(f.MIME, MaxName),
			State: chat.MediaPending}
		if !key(f.VendorID) {
			a.State = chat.MediaFailed
		}
		all = append(all, a)
	}
	return all
}

// fetch asks for the files of m, whose attachments were made from files.
func (d *decision) fetch(m *chat.Message, files []File, asset *Asset) {
	for i, a := range m.Attachments {
		if a.State != chat.MediaPending {
			continue
		}
		d.write(PutMedia{Media{
			ID: a.ID, Chat: m.Chat, Number: m.Number, Credential: asset.Credential, VendorID: files[i].VendorID,
			SHA256: line(files[i].SHA256, MaxName), State: chat.MediaPending, NextAt: d.now,
		}})
	}
}

// mediaEnded notes what came of fetching a file. An end that is not of the row's next attempt has no effect.
func (d *decision) mediaEnded(e MediaEnded) Answer {
	row, ok := d.was.Media(e.Media)
	if !ok || row.State != chat.MediaPending || e.Attempt != row.Attempt+1 {
		return problem(chat.NotFound, "media")
	}
	row.Attempt = e.Attempt
	switch {
	case e.Ready:
		row.State, row.NextAt = chat.MediaReady, 0
	case e.RetryAt > 0:
		row.NextAt = max(e.RetryAt, d.now)
	default:
		row.State, row.NextAt = chat.MediaFailed, 0
	}
	d.write(PutMedia{row})
	if row.State != chat.MediaPending {
		d.attached(&row, e.Size)
	}
	return Answer{}
}

// attached says on the message what became of its file.
func (d *decision) attached(row *Media, size int64) {
	m, ok := d.was.Message(row.Chat, row.Number)
	if !ok {
		return
	}
	m = m.Clone()
	for i := range m.Attachments {
		if a := &m.Attachments[i]; a.ID == row.ID {
			a.State = row.State
			if row.State == chat.MediaReady {
				a.Size = max(size, 0)
			}
		}
	}
	d.putMessage(m, VendorKey{})
}
