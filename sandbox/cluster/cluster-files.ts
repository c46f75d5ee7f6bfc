import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateAuthority } from '../certificates.ts';
import { renderTokenFile, type ClusterUsers } from './cluster-users.ts';

export interface ClusterFiles {
  readonly caPem: string;
  readonly certificate: string;
  readonly certificateKey: string;
  readonly tokens: string;
  readonly serviceAccountKey: string;
}

/** What the API server reads at its start, all of it made anew for this one cluster. */
export async function writeClusterFiles(
  folder: string,
  certificates: CertificateAuthority,
  users: ClusterUsers,
): Promise<ClusterFiles> {
  const { certPem, keyPem } = await certificates.issue({
    commonName: 'kube-apiserver',
    dnsNames: ['localhost', 'kubernetes', 'kubernetes.default.svc'],
    ipAddresses: ['127.0.0.1'],
  });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  return {
    caPem: certificates.caPem,
    certificate: await write('tls.crt', certPem),
    certificateKey: await write('tls.key', keyPem),
    tokens: await write('tokens.csv', renderTokenFile(users)),
    serviceAccountKey: await write(
      'service-account.key',
      privateKey.export({ format: 'pem', type: 'sec1' }).toString(),
    ),
  };
}

export function apiserverArguments(
  files: ClusterFiles,
  { port, etcdUrl }: { readonly port: number; readonly etcdUrl: string },
): readonly string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    '--advertise-address=127.0.0.1',
    // A loopback address may not become an endpoint of the Service `kubernetes`; nothing here reads that.
    '--endpoint-reconciler-type=none',
    `--tls-cert-file=${files.certificate}`,
    `--tls-private-key-file=${files.certificateKey}`,
    `--token-auth-file=${files.tokens}`,
    '--anonymous-auth=false',
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.serviceAccountKey}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    // No controller makes the `default` service accounts that this plugin demands of every Pod.
    '--disable-admission-plugins=ServiceAccount',
    '--profiling=false',
  ];
}
