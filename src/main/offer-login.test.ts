import { describe, expect, it } from 'vitest'
import { fakeIo } from '../../test/helpers/fake-cli.ts'
import { type App, AppError } from '../model/app.ts'
import { offerLogin } from './offer-login.ts'

const INFO = { id: 'openrouter/home', name: 'home', provider: 'openrouter', email: null, keptIn: 'the keyring' }

function terminal(answer: string, login: App['login'], isTTY = true) {
  const { io, press, err } = fakeIo({ isTTY })
  const asked: string[] = []
  let stops = 0
  const done = offerLogin(
    async (options, dialog) => {
      asked.push(options.provider)
      return login(options, dialog)
    },
    io,
    () => {
      stops += 1
    },
  )
  press(answer)
  return { done, asked, said: err, stops: () => stops }
}

describe('a daemon without an account', () => {
  it('offers to log in, and says so when it is done', async () => {
    const { done, asked, said } = terminal('openrouter\r', async () => INFO)
    await done
    expect(asked).toEqual(['openrouter'])
    expect(said()).toContain('Log in to one now?')
    expect(said()).toContain('Successfully authenticated: openrouter/home')
  })

  it('goes on after Enter, and ends at Ctrl-C', async () => {
    const enter = terminal('\r', async () => INFO)
    await enter.done
    expect(enter.asked).toEqual([])
    expect(enter.stops()).toBe(0)
    const interrupted = terminal('\u0003', async () => INFO)
    await interrupted.done
    expect(interrupted.asked).toEqual([])
    expect(interrupted.stops()).toBe(1)
  })

  it('says what went wrong and how to try again', async () => {
    const { done, said } = terminal('copliot\r', () =>
      Promise.reject(new AppError(4, 'unknown_provider', 'There is no service copliot.', 'Did you mean copilot?')),
    )
    await done
    expect(said()).toContain('There is no service copliot. Did you mean copilot?')
    expect(said()).toContain('tokstat login')
  })

  it('asks nothing where nobody could answer', async () => {
    const { done, asked, said } = terminal('', async () => INFO, false)
    await done
    expect(asked).toEqual([])
    expect(said()).toBe('')
  })
})
