// The page begins here.
import { mount } from 'svelte'
import { connect } from './core/host'
import './styles/tokens.css'
import './styles/base.css'
import Console from './views/Console.svelte'
import { Desk } from './views/desk.svelte'

const target = document.getElementById('app')
if (target === null) throw new Error('BUG: the page has no place for the console')
const desk = new Desk(connect(window))
mount(Console, { target, props: { desk } })
desk.start()
