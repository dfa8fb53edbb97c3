import { neighbour, seatAt, type Hall, type PlacedSeat, type SeatStatus } from './layout'

/**
 * Draws a hall as SVG: one path for each row and look, so that 10,000 seats are a few hundred elements, and a change
 * draws a row again. Zoom and pan by wheel, pinch, drag and keys; seats are found by geometry, not by elements.
 */

const ns = 'http://www.w3.org/2000/svg'
const radius = 0.38

/** Shapes as well as colours tell tiers apart: nobody need see colours. */
export const shapes = ['circle', 'square', 'diamond', 'hexagon', 'triangle', 'bar'] as const
export const shapeOf = (tier: number) => shapes[tier % shapes.length]!

const number = (value: number) => +value.toFixed(2)

export function shapePath(tier: number, x: number, y: number, size = radius): string {
  const at = (dx: number, dy: number) => `${number(x + dx * size)} ${number(y + dy * size)}`
  switch (shapeOf(tier)) {
    case 'circle':
      return `M${at(-1, 0)}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0z`
    case 'square':
      return `M${at(-0.9, -0.9)}L${at(0.9, -0.9)}L${at(0.9, 0.9)}L${at(-0.9, 0.9)}z`
    case 'diamond':
      return `M${at(0, -1.2)}L${at(1.2, 0)}L${at(0, 1.2)}L${at(-1.2, 0)}z`
    case 'hexagon':
      return `M${at(-0.55, -1)}L${at(0.55, -1)}L${at(1.1, 0)}L${at(0.55, 1)}L${at(-0.55, 1)}L${at(-1.1, 0)}z`
    case 'triangle':
      return `M${at(0, -1.1)}L${at(1.15, 0.95)}L${at(-1.15, 0.95)}z`
    case 'bar':
      return `M${at(-1.1, -0.6)}L${at(1.1, -0.6)}L${at(1.1, 0.6)}L${at(-1.1, 0.6)}z`
  }
}

const crossPath = (x: number, y: number) => `M${number(x - 0.16)} ${number(y - 0.16)}l.32 .32m0 -.32l-.32 .32`

function element<Name extends keyof SVGElementTagNameMap>(name: Name, attributes: Record<string, string | number>) {
  const made = document.createElementNS(ns, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value))
  return made
}

export interface PlanEvents {
  /** A seat was chosen or given back by pointer or key. */
  pick?: (seat: PlacedSeat) => void
  /** The cursor or the pointer is over a seat, or over none. */
  point?: (seat: PlacedSeat | undefined, how: 'key' | 'pointer') => void
}

type Look = 'free' | 'held' | 'sold'
const looks: Record<SeatStatus, Look> = { AVAILABLE: 'free', HELD: 'held', SOLD: 'sold' }

const zoomMax = 14
/** Farther than this between down and up is a drag, in pixels. */
const dragBegins = 6

export class Plan {
  readonly svg: SVGSVGElement
  private readonly scene: SVGGElement
  private readonly cursorMark: SVGGElement
  private readonly chosenLayer: SVGGElement
  private readonly rowPaths: Record<Look, SVGPathElement>[] = []
  private readonly statuses: SeatStatus[]
  private readonly chosen = new Set<number>()
  private readonly pointers = new Map<number, { x: number; y: number }>()
  private readonly dirty = new Set<number>()
  private zoom = 1
  private x = 0
  private y = 0
  private moved = 0
  private cursor: PlacedSeat | undefined
  private frame = 0

  constructor(
    readonly hall: Hall,
    private readonly events: PlanEvents = {},
    stageText = '',
  ) {
    this.statuses = hall.seats.map((each) => each.seat.status)
    this.svg = element('svg', {
      viewBox: `0 0 ${number(hall.width)} ${number(hall.height)}`,
      preserveAspectRatio: 'xMidYMid meet',
      class: 'plan',
      'aria-hidden': 'true',
      focusable: 'false',
    })
    this.scene = element('g', { class: 'plan-scene' })
    this.drawStage(stageText)
    hall.rows.forEach((row, line) => {
      const tier = hall.seats[row.first]!.tier
      const of = (look: Look) => element('path', { class: `seat seat-${look} tier-${tier % shapes.length}` })
      const paths = { free: of('free'), held: of('held'), sold: of('sold') }
      this.rowPaths[line] = paths
      this.scene.append(paths.sold, paths.held, paths.free)
      this.drawRow(line)
    })
    for (const label of hall.labels) {
      const text = element('text', { x: number(label.x), y: number(label.y), class: 'plan-label' })
      text.textContent = label.text
      this.scene.append(text)
    }
    this.chosenLayer = element('g', { class: 'plan-chosen' })
    this.cursorMark = element('g', { class: 'plan-cursor', visibility: 'hidden' })
    this.cursorMark.append(
      element('circle', { r: 0.62, class: 'cursor-halo' }),
      element('circle', { r: 0.62, class: 'cursor-ring' }),
    )
    this.scene.append(this.chosenLayer, this.cursorMark)
    this.svg.append(this.scene)
    if (events.pick || events.point) this.listenToPointers()
  }

  private drawStage(text: string) {
    const { width } = this.hall
    const half = Math.min(width / 2 - 1, 18)
    const at = number
    const stage = element('path', {
      class: 'plan-stage',
      d: `M${at(width / 2 - half)} 1h${at(2 * half)}l-2 2.4q${at(-half + 2)} 1.2 ${at(-2 * half + 4)} 0z`,
    })
    const name = element('text', { x: number(width / 2), y: 2.7, class: 'plan-stage-text' })
    name.textContent = text
    this.scene.append(stage, name)
  }

  // ---- what the seats are

  /** Changes statuses; draws them with the next frame. */
  change(changes: Iterable<{ index: number; status: SeatStatus }>): void {
    for (const { index, status } of changes) {
      const seat = this.hall.seats[index]
      if (!seat || this.statuses[index] === status) continue
      this.statuses[index] = status
      this.dirty.add(seat.line)
    }
    if (this.dirty.size) this.schedule()
  }

  choose(indexes: Iterable<number>): void {
    this.chosen.clear()
    this.chosenLayer.replaceChildren()
    for (const index of indexes) {
      this.chosen.add(index)
      const seat = this.hall.seats[index]!
      const mark = element('g', { class: `tier-${seat.tier % shapes.length}` })
      mark.append(
        element('path', { class: 'chosen-shape', d: shapePath(seat.tier, seat.x, seat.y, 0.5) }),
        element('path', { class: 'chosen-tick', d: `M${number(seat.x - 0.2)} ${number(seat.y)}l.15 .17l.27 -.32` }),
      )
      this.chosenLayer.append(mark)
    }
  }

  private drawRow(line: number) {
    const row = this.hall.rows[line]!
    const drawn: Record<Look, string> = { free: '', held: '', sold: '' }
    for (let index = row.first; index < row.first + row.count; ++index) {
      const seat = this.hall.seats[index]!
      const look = looks[this.statuses[index]!]
      drawn[look] += look === 'sold' ? crossPath(seat.x, seat.y) : shapePath(seat.tier, seat.x, seat.y)
    }
    for (const look of ['free', 'held', 'sold'] as const) this.rowPaths[line]![look].setAttribute('d', drawn[look])
  }

  // ---- where one looks

  private schedule() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0
      for (const line of this.dirty) this.drawRow(line)
      this.dirty.clear()
      this.scene.setAttribute(
        'transform',
        `translate(${number(this.x)} ${number(this.y)}) scale(${this.zoom.toFixed(3)})`,
      )
    })
  }

  /** Plan units for each pixel of the screen. */
  private unitsPerPixel() {
    const matrix = this.svg.getScreenCTM()
    return matrix && matrix.a ? 1 / matrix.a : 1
  }

  /** A point of the screen in units of the SVG (before zoom and pan). */
  private onPaper(clientX: number, clientY: number) {
    const matrix = this.svg.getScreenCTM()
    if (!matrix) return { x: 0, y: 0 }
    const point = new DOMPoint(clientX, clientY).matrixTransform(matrix.inverse())
    return { x: point.x, y: point.y }
  }

  private place(zoom: number, x: number, y: number) {
    this.zoom = Math.min(zoomMax, Math.max(1, zoom))
    const within = (value: number, size: number) => Math.min(0, Math.max(size * (1 - this.zoom), value))
    this.x = within(x, this.hall.width)
    this.y = within(y, this.hall.height)
    this.schedule()
  }

  zoomBy(factor: number, at = { x: this.hall.width / 2, y: this.hall.height / 2 }): void {
    const zoom = Math.min(zoomMax, Math.max(1, this.zoom * factor))
    const real = zoom / this.zoom
    this.place(zoom, at.x - (at.x - this.x) * real, at.y - (at.y - this.y) * real)
  }

  panBy(dx: number, dy: number): void {
    this.place(this.zoom, this.x + dx, this.y + dy)
  }

  showAll(): void {
    this.place(1, 0, 0)
  }

  /** Brings a seat into view, near enough to see it. */
  show(seat: PlacedSeat, zoomAtLeast = 1): void {
    const zoom = Math.max(this.zoom, zoomAtLeast)
    const { width, height } = this.hall
    const seen = { x: seat.x * this.zoom + this.x, y: seat.y * this.zoom + this.y }
    const margin = 0.08
    const inside =
      zoom === this.zoom &&
      seen.x > width * margin &&
      seen.x < width * (1 - margin) &&
      seen.y > height * margin &&
      seen.y < height * (1 - margin)
    if (!inside) this.place(zoom, width / 2 - seat.x * zoom, height / 2 - seat.y * zoom)
  }

  // ---- the cursor of the keyboard

  cursorSeat(): PlacedSeat | undefined {
    return this.cursor
  }

  moveCursor(to: PlacedSeat | undefined): void {
    this.cursor = to
    this.cursorMark.setAttribute('visibility', to ? 'visible' : 'hidden')
    if (to) {
      this.cursorMark.setAttribute('transform', `translate(${number(to.x)} ${number(to.y)})`)
      this.show(to)
    }
    this.events.point?.(to, 'key')
  }

  /** True if the key was one of the plan's. */
  key(key: string): boolean {
    const ways: Record<string, 'left' | 'right' | 'up' | 'down'> = {
      ArrowLeft: 'left',
      ArrowRight: 'right',
      ArrowUp: 'up',
      ArrowDown: 'down',
    }
    const way = ways[key]
    if (way) {
      this.moveCursor(this.cursor ? neighbour(this.hall, this.cursor, way) : this.firstFree())
      return true
    }
    const row = this.cursor && this.hall.rows[this.cursor.line]!
    if (key === 'Home' && row) this.moveCursor(this.hall.seats[row.first])
    else if (key === 'End' && row) this.moveCursor(this.hall.seats[row.first + row.count - 1])
    else if (key === '+' || key === '=') this.zoomBy(1.5, this.cursorOnPaper())
    else if (key === '-') this.zoomBy(1 / 1.5, this.cursorOnPaper())
    else if (key === '0') this.showAll()
    else if ((key === 'Enter' || key === ' ') && this.cursor) this.events.pick?.(this.cursor)
    else return false
    return true
  }

  private cursorOnPaper() {
    return this.cursor ? { x: this.cursor.x * this.zoom + this.x, y: this.cursor.y * this.zoom + this.y } : undefined
  }

  private firstFree(): PlacedSeat | undefined {
    return this.hall.seats.find((each) => this.statuses[each.index] === 'AVAILABLE') ?? this.hall.seats[0]
  }

  // ---- pointers

  private seatUnder(event: PointerEvent | MouseEvent): PlacedSeat | undefined {
    const paper = this.onPaper(event.clientX, event.clientY)
    // A finger is 44 pixels wide; a seat on a phone may be six.
    const touch = 'pointerType' in event && event.pointerType === 'touch'
    const reach = Math.max(0.55, ((touch ? 16 : 4) * this.unitsPerPixel()) / this.zoom)
    return seatAt(this.hall, (paper.x - this.x) / this.zoom, (paper.y - this.y) / this.zoom, reach)
  }

  private listenToPointers() {
    const svg = this.svg
    svg.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return
      svg.setPointerCapture(event.pointerId)
      if (this.pointers.size === 0) this.moved = 0
      this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY })
    })
    svg.addEventListener('pointermove', (event) => this.pointerMoved(event))
    const up = (event: PointerEvent) => {
      if (!this.pointers.delete(event.pointerId)) return
      if (event.type === 'pointercancel' || this.moved > dragBegins || this.pointers.size) return
      const seat = this.seatUnder(event)
      if (seat) this.events.pick?.(seat)
    }
    svg.addEventListener('pointerup', up)
    svg.addEventListener('pointercancel', up)
    svg.addEventListener('pointerleave', () => this.events.point?.(undefined, 'pointer'))
    svg.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault()
        this.zoomBy(Math.exp(-event.deltaY * 0.0016), this.onPaper(event.clientX, event.clientY))
      },
      { passive: false },
    )
  }

  private pointerMoved(event: PointerEvent) {
    const before = this.pointers.get(event.pointerId)
    if (!before) {
      this.events.point?.(this.seatUnder(event), 'pointer')
      return
    }
    const now = { x: event.clientX, y: event.clientY }
    this.moved += Math.hypot(now.x - before.x, now.y - before.y)
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1]
    this.pointers.set(event.pointerId, now)
    if (other) {
      const apart = (one: { x: number; y: number }) => Math.hypot(one.x - other.x, one.y - other.y)
      this.moved = Infinity
      this.zoomBy(apart(now) / Math.max(1, apart(before)), this.onPaper((now.x + other.x) / 2, (now.y + other.y) / 2))
    } else if (this.moved > dragBegins) {
      const units = this.unitsPerPixel()
      this.panBy((now.x - before.x) * units, (now.y - before.y) * units)
    }
  }
}
