import { Checkbox, Radio, Stack, Text } from '@mantine/core';
import type { Choices, ExportFormat, Network, Tower } from '@/api/types';
import { FORMATS, RECTIFIERS, TOWERS, towerOf } from './choices';
import classes from './NetworkChoice.module.css';

interface Props {
  network: Network;
  choices: Choices;
  onChange: (choices: Choices) => void;
}

function TowerChoice({ network, choices, onChange }: Props) {
  return (
    <Radio.Group
      label="Tower"
      description="What looks at the crop, below everything else."
      value={towerOf(choices, network) ?? ''}
      onChange={(tower) => onChange({ ...choices, tower: tower as Tower })}
    >
      <Stack gap="xs" mt="xs">
        {TOWERS.filter(({ key }) => network.towers.includes(key)).map(({ key, name, says }) => (
          <Radio key={key} value={key} label={name} description={says} />
        ))}
      </Stack>
    </Radio.Group>
  );
}

function RectifierChoice({ choices, onChange }: Omit<Props, 'network'>) {
  const NONE = 'none';
  return (
    <Radio.Group
      label="Rectifier"
      description="Puts a crop straight before it is read; learnt together with the reader."
      value={choices.rectifier ?? NONE}
      onChange={(value) =>
        onChange({ ...choices, rectifier: RECTIFIERS.find(({ key }) => key === value)?.key ?? null })
      }
    >
      <Stack gap="xs" mt="xs">
        {RECTIFIERS.map(({ key, name, says }) => (
          <Radio key={name} value={key ?? NONE} label={name} description={says} />
        ))}
      </Stack>
    </Radio.Group>
  );
}

function ExportChoice({ network, choices, onChange }: Props) {
  return (
    <Checkbox.Group
      label="Also export as"
      description="Into the bundle, beside ONNX, which is always there."
      value={choices.exports}
      onChange={(exports) => onChange({ ...choices, exports: exports as ExportFormat[] })}
    >
      <Stack gap="xs" mt="xs">
        {FORMATS.map(({ key, name, says }) => {
          const reason = network.not_as[key];
          return (
            <Checkbox
              key={key}
              value={key}
              label={name}
              disabled={reason !== undefined}
              description={reason === undefined ? says : `Not with ${network.name}: ${reason}`}
            />
          );
        })}
      </Stack>
    </Checkbox.Group>
  );
}

/** What most people leave as it is. */
export function MoreChoices({ network, choices, onChange }: Props) {
  return (
    <details className={classes.more}>
      <summary>More choices</summary>
      <div className={classes.options}>
        {network.towers.length > 1 && <TowerChoice network={network} choices={choices} onChange={onChange} />}
        <RectifierChoice choices={choices} onChange={onChange} />
        <ExportChoice network={network} choices={choices} onChange={onChange} />
        {network.towers.length === 0 && (
          <Text size="sm" c="dimmed">
            {network.name} has convolutions of its own kind: there is no tower to choose.
          </Text>
        )}
      </div>
    </details>
  );
}
