import { render } from 'preact'
render(<main><h1>Frontrow console</h1></main>, document.getElementById('page')!)
