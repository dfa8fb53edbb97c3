import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

/** How the code looks, where a rule can be counted: as for the C++ code. */
const columnsMax = 118
const fileLinesMax = 500
const functionLinesMax = 70

const web = resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..')
const files = ['shop', 'shared', 'console', 'make', 'tests']
  .flatMap((folder) => readdirSync(join(web, folder), { recursive: true, withFileTypes: true }))
  .filter((each) => each.isFile() && /\.(tsx?|mjs|css|html)$/.test(each.name))
  .map((each) => join(each.parentPath ?? each.path, each.name))

/** The lines of every function of a file; what `describe` groups is no function of its own. */
function functionsOf(file: string): { name: string; lines: number }[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
  const found: { name: string; lines: number }[] = []
  const lineOf = (at: number) => source.getLineAndCharacterOfPosition(at).line
  const visit = (node: ts.Node): void => {
    const groups = ts.isCallExpression(node.parent ?? node) && /^describe\b/.test(node.parent.getText(source))
    if (ts.isFunctionLike(node) && 'body' in node && node.body && !groups)
      found.push({
        name: `${relative(web, file)}:${lineOf(node.getStart(source)) + 1}`,
        lines: lineOf(node.end) - lineOf(node.getStart(source)) + 1,
      })
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

test('no line is longer than what fits beside another, no file is too long to be one thing', () => {
  const wrong: string[] = []
  for (const file of files) {
    const lines = readFileSync(file, 'utf8').split('\n')
    lines.forEach((line, at) => {
      if (line.length > columnsMax) wrong.push(`${relative(web, file)}:${at + 1}: ${line.length} columns`)
    })
    if (lines.length > fileLinesMax) wrong.push(`${relative(web, file)}: ${lines.length} lines`)
  }
  expect(files.length).toBeGreaterThan(50)
  expect(wrong).toEqual([])
})

test('no function is longer than a page', () => {
  const all = files.filter((each) => /\.tsx?$/.test(each)).flatMap(functionsOf)
  expect(all.length).toBeGreaterThan(300)
  expect(all.filter((each) => each.lines > functionLinesMax)).toEqual([])
})
