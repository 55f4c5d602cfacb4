import type { ChannelSettings, ChannelType } from '../../model/index.ts'
import { alertmanager } from './alertmanager.ts'
import type { Channel, ChannelPorts, Outgoing } from './channel.ts'
import { desktop } from './desktop.ts'
import { discord } from './discord.ts'
import { email } from './email.ts'
import { exec } from './exec.ts'
import { file } from './file.ts'
import { ntfy } from './ntfy.ts'
import { slack } from './slack.ts'
import { telegram } from './telegram.ts'
import { webhook } from './webhook.ts'

/** Every kind of channel. Adding one is a file here, a line in this table and a type in the settings. */
const CHANNELS: { readonly [Type in ChannelType]: Channel<Type> } = {
  webhook,
  ntfy,
  slack,
  discord,
  telegram,
  email,
  desktop,
  file,
  exec,
  alertmanager,
}

/** A channel with its settings: what the delivery works with. */
export interface ReadyChannel extends Pick<Channel, 'type' | 'isForPrograms' | 'isLimited'> {
  readonly target: string
  send(message: Outgoing, signal: AbortSignal): Promise<void>
}

export function readyChannel(settings: ChannelSettings, ports: ChannelPorts): ReadyChannel {
  return ready(CHANNELS[settings.type] as Channel, settings, ports)
}

function ready(channel: Channel, settings: ChannelSettings, ports: ChannelPorts): ReadyChannel {
  return {
    type: channel.type,
    isForPrograms: channel.isForPrograms,
    isLimited: channel.isLimited,
    target: channel.target(settings),
    send: (message, signal) => channel.send(message, settings, ports, signal),
  }
}
