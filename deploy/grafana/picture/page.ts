/** A dashboard as a page: its panels on Grafana's grid of 24 columns. */
import { type Asker, ask, choicesOf, stepOf } from './ask.ts'
import type { Board, Panel } from './board.ts'
import { drawPanel, safe } from './panels.ts'

const ROW = 38 // 30 px and a gap of 8
const GAP = 8
const HEADER = 34
const STYLE = `*{box-sizing:border-box}body{margin:0;background:#111217;color:#ccccdc;font:12px 'Inter','DejaVu Sans',sans-serif}
h1{font-size:16px;font-weight:500;margin:0;padding:12px 16px}h1 small{color:#8e8e9e;margin-left:14px;font-size:12px;font-weight:400}
.panel{position:absolute;background:#181b1f;border:1px solid #24272d;border-radius:3px;overflow:hidden}
h2{font-size:13px;font-weight:500;margin:0;padding:8px 10px;height:${HEADER}px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.body{padding:0 8px;overflow:hidden;position:relative}svg text{fill:#9d9da8;font-size:11px}
.empty{display:flex;align-items:center;justify-content:center;height:100%;color:#9d9da8;font-size:14px}
.legend{overflow:hidden;font-size:11px;color:#b8b8c4}.legend span{margin-right:14px;white-space:nowrap;display:inline-block;line-height:20px}.legend em{font-style:normal}.beside{display:flex}
.rows span{display:flex;margin:0;align-items:center}.rows em{flex:1;overflow:hidden;text-overflow:ellipsis}.rows b{font-weight:500;padding-left:8px}.rows i{flex:none}.rows{padding-left:10px;flex:none}
.legend i{display:inline-block;width:12px;height:3px;margin-right:5px;vertical-align:middle}
.cut{height:100%;overflow:hidden}.bar{display:flex;align-items:center;margin-bottom:6px}.bar label{overflow:hidden;text-overflow:ellipsis;white-space:nowrap;flex:none;padding-right:8px}
.bar>div{flex:1;height:100%;background:#22252b}.bar>div>div{height:100%}.bar b{width:64px;text-align:right;flex:none;font-weight:500}
.tiles{display:flex;flex-wrap:wrap;gap:4px 8px;height:100%;align-content:center}.tile{display:flex;flex-direction:column;align-items:center;justify-content:center;overflow:hidden;text-align:center}
.tile span{font-size:11px;max-width:100%;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.tile b{font-weight:500}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:5px 8px;border-bottom:1px solid #24272d;white-space:nowrap}th{color:#8ab8ff;font-weight:500}.n{text-align:right}`

export interface Drawn {
  readonly html: string
  readonly height: number
  /** Titles of panels without data. */
  readonly empty: readonly string[]
}

export async function drawBoard(board: Board, asker: Asker, width: number): Promise<Drawn> {
  const choices = await variablesOf(board, asker)
  const filled = { ...asker, values: { ...asker.values, ...choices.values } }
  const empty: string[] = []
  const panels = await Promise.all(
    board.panels.map(async (panel) => {
      const box = boxOf(panel, width)
      const inner = { width: box.width - 18, height: box.height - HEADER - 10 }
      const series = await ask(filled, panel, inner.width)
      if (series.length === 0) empty.push(panel.title)
      const drawn = drawPanel({ panel, series, ...inner, span: asker.span, step: stepOf(asker, inner.width) })
      return `<section class="panel" style="left:${box.left}px;top:${box.top}px;width:${box.width}px;height:${box.height}px"><h2>${safe(panel.title)}</h2><div class="body" style="height:${inner.height}px">${drawn}</div></section>`
    }),
  )
  const bottom = Math.max(...board.panels.map(({ gridPos }) => gridPos.y + gridPos.h))
  const height = 48 + bottom * ROW + GAP
  const chosen = choices.words.map((word) => `<small>${safe(word)}</small>`).join('')
  const html = `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><body style="height:${height}px"><h1>${safe(board.title)}${chosen}<small>${safe(board.time.from)}</small></h1>${panels.join('')}`
  return { html, height, empty }
}

function boxOf({ gridPos }: Panel, width: number) {
  const column = (width - GAP) / 24
  return {
    left: GAP + gridPos.x * column,
    top: 48 + gridPos.y * ROW,
    width: gridPos.w * column - GAP,
    height: gridPos.h * ROW - GAP,
  }
}

/** What stands at the top of a dashboard that was just opened: "All" where there are many, else the first choice. */
async function variablesOf(board: Board, asker: Asker) {
  const values: Record<string, string> = { ...asker.values }
  const words: string[] = []
  for (const { name, label, type, query, multi, allValue } of board.templating.list) {
    if (type !== 'query') continue
    const [first = ''] = await choicesOf({ ...asker, values }, query)
    values[name] ??= multi === true ? (allValue ?? '.+') : first
    words.push(`${label ?? name}: ${multi === true ? 'All' : values[name]}`)
  }
  return { values, words }
}
