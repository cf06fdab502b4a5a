// The Go checksum database's own libraries as judges of our log. One question a line on standard input, one answer a line.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Ask    string      `json:"ask"`
	Vkey   string      `json:"vkey"`
	Note   string      `json:"note"`
	Dir    string      `json:"dir"`
	Size   int64       `json:"size"`
	Root   tlog.Hash   `json:"root"`
	Old    int64       `json:"old"`
	OldRoot tlog.Hash  `json:"oldRoot"`
	Index  int64       `json:"index"`
	Leaf   tlog.Hash   `json:"leaf"`
	Proof  []tlog.Hash `json:"proof"`
}

// tiles reads a directory in the layout of C2SP tlog-tiles, whose paths leave out the tile height.
type tiles struct{ dir string }

func (t tiles) Height() int                                  { return 8 }
func (t tiles) SaveTiles(all []tlog.Tile, data [][]byte)     {}
func (t tiles) ReadTiles(all []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range all {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, err := os.ReadFile(filepath.Join(t.dir, path))
		if err != nil {
			return nil, err
		}
		data = append(data, bytes)
	}
	return data, nil
}

func judge(q question) error {
	switch q.Ask {
	case "note":
		verifier, err := note.NewVerifier(q.Vkey)
		if err != nil {
			return err
		}
		_, err = note.Open([]byte(q.Note), note.VerifierList(verifier))
		return err
	case "inclusion":
		return tlog.CheckRecord(q.Proof, q.Size, q.Root, q.Index, q.Leaf)
	case "consistency":
		return tlog.CheckTree(q.Proof, q.Size, q.Root, q.Old, q.OldRoot)
	case "tiles":
		reader := tlog.TileHashReader(tlog.Tree{N: q.Size, Hash: q.Root}, tiles{q.Dir})
		indexes := make([]int64, q.Size)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, int64(i))
		}
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			return err
		}
		return entries(q.Dir, hashes)
	}
	return fmt.Errorf("unknown question %q", q.Ask)
}

// entries compares the entry bundles with the leaf hashes that the tiles have proven.
func entries(dir string, hashes []tlog.Hash) error {
	for n := 0; n*256 < len(hashes); n++ {
		path := fmt.Sprintf("%03d", n)
		if width := len(hashes) - n*256; width < 256 {
			path = fmt.Sprintf("%03d.p/%d", n, width)
		}
		bundle, err := os.ReadFile(filepath.Join(dir, "tile/entries", path))
		if err != nil {
			return err
		}
		for i := n * 256; len(bundle) > 0; i++ {
			size := int(bundle[0])<<8 | int(bundle[1])
			if tlog.RecordHash(bundle[2:2+size]) != hashes[i] {
				return fmt.Errorf("entry %d is not its leaf", i)
			}
			bundle = bundle[2+size:]
		}
	}
	return nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var q question
		err := json.Unmarshal(lines.Bytes(), &q)
		if err == nil {
			err = judge(q)
		}
		if err != nil {
			fmt.Println("refused:", err)
		} else {
			fmt.Println("accepted")
		}
	}
}
