# Sourced by demo.sh: the steps themselves, each with the commands that a user would type. A failing command fails the demo.

step() { echo; echo "== $1"; }
passed() { steps_passed=$((steps_passed + 1)); echo "   ok"; }
run() { echo "\$ $*"; "$@"; }
# The command must fail and say this.
refused() {
    local expected=$1 output status=0
    shift
    echo "\$ $*"
    output=$("$@" 2>&1) || status=$?
    echo "$output"
    [ "$status" -ne 0 ] || { echo "demo: this should have been refused" >&2; return 1; }
    grep -qF -- "$expected" <<<"$output" || { echo "demo: expected to read: $expected" >&2; return 1; }
}
field() { kubectl --namespace kcm-system get "$1" "$2" --output "jsonpath=$3"; }
# A Secret's DSN, with the CA where this machine has it: in the pod it is mounted at /var/lib/k0s/kine-ca.
dsn() {
    local url
    url=$(field secret "$1" '{.data.K0SMOTRON_KINE_DATASOURCE_URL}' | base64 --decode)
    echo "${url//%2Fvar%2Flib%2Fk0s%2Fkine-ca%2Fca.crt/${directory//\//%2F}%2Fca.crt}"
}
# psql with a DSN, its password in the environment: a process's arguments are for everybody to see.
sql() {
    local url=$1 password
    shift
    password=${url#*://*:} password=${password%%@*}
    PGPASSWORD=$password psql --no-psqlrc --tuples-only --no-align "${url/:$password@/@}" "$@"
}

step "A wrong DataSource is refused, with every mistake at once"
run kubectl create namespace kcm-system
cat >"$directory/wrong.yaml" <<YAML
apiVersion: k0rdent.mirantis.com/v1beta1
kind: DataSource
metadata: {name: wrong, namespace: kcm-system}
spec:
  type: postgresql
  endpoints: ["https://db.example.com:5432", "10.0.0.1:99999", "10.0.0.2"]
  auth:
    username: {namespace: kcm-system, name: auth-secret, key: username}
    password: {namespace: kcm-system, name: "Auth Secret", key: password}
YAML
cat "$directory/wrong.yaml"
refused "* spec.endpoints[1]: Invalid value" kubectl apply --filename "$directory/wrong.yaml"
passed

step "The Secrets and the DataSource go in"
run kubectl --namespace kcm-system create secret generic auth-secret --from-literal=username=admin --from-file=password="$directory/admin-password"
run kubectl --namespace kcm-system create secret generic db-ca-secret --from-file=ca.crt="$directory/postgres-ca.crt"
cat >"$directory/datasource.yaml" <<YAML
apiVersion: k0rdent.mirantis.com/v1beta1
kind: DataSource
metadata: {name: example-postgresql, namespace: kcm-system}
spec:
  type: postgresql
  endpoints: ["127.0.0.1:$postgres_port"]
  auth:
    username: {namespace: kcm-system, name: auth-secret, key: username}
    password: {namespace: kcm-system, name: auth-secret, key: password}
  certificateAuthority: {namespace: kcm-system, name: db-ca-secret, key: ca.crt}
YAML
cat "$directory/datasource.yaml"
run kubectl apply --filename "$directory/datasource.yaml"
passed

step "A ClusterDeployment that names it gets a database of its own"
for cluster in cluster-name team-b; do
    cat >"$directory/$cluster.yaml" <<YAML
apiVersion: k0rdent.mirantis.com/v1beta1
kind: ClusterDeployment
metadata: {name: $cluster, namespace: kcm-system}
spec: {template: openstack-hosted-cp-1-0-12, credential: openstack-cluster-identity-cred, dataSource: example-postgresql}
YAML
    run kubectl apply --filename "$directory/$cluster.yaml"
done
ready() { [ "$(field clusterdatasource "$1" '{.status.ready}')" = true ]; }
wait_for 60 "cluster-name's database" ready cluster-name
wait_for 60 "team-b's database" ready team-b
run kubectl --namespace kcm-system get clds
passed

step "A HelmRelease of that cluster comes back with its values injected"
cat >"$directory/helmrelease.yaml" <<YAML
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: cluster-name
  namespace: kcm-system
  labels: {k0rdent.mirantis.com/managed: "true"}
  ownerReferences:
  - {apiVersion: k0rdent.mirantis.com/v1beta1, kind: ClusterDeployment, name: cluster-name, uid: $(field clusterdeployment cluster-name '{.metadata.uid}')}
spec:
  interval: 10m
  chartRef: {kind: HelmChart, name: openstack-hosted-cp-1-0-12, namespace: kcm-system}
  values: {controlPlaneNumber: 3}
YAML
run kubectl apply --filename "$directory/helmrelease.yaml"
run kubectl --namespace kcm-system get helmrelease cluster-name --output 'jsonpath={.spec.values}{"\n"}'
[ "$(field helmrelease cluster-name '{.spec.values.dataSource.kineDataSourceSecretName}')" = cluster-name-kine ]
[ "$(field helmrelease cluster-name '{.spec.values.dataSource.caSecret.name}')" = cluster-name-kine-ca ]
[ "$(field helmrelease cluster-name '{.spec.values.controlPlaneNumber}')" = 3 ]
passed

step "The DSN in the Secret logs in, with the server's certificate verified, and may create tables"
field secret cluster-name-kine-ca '{.data.ca\.crt}' | base64 --decode >"$directory/ca.crt"
echo '$ psql "$(kubectl get secret cluster-name-kine ...)" --command "CREATE TABLE kine ..."'
sql "$(dsn cluster-name-kine)" --command 'CREATE TABLE kine (id serial PRIMARY KEY, name text)' --command "INSERT INTO kine (name) VALUES ('/registry/demo')"
run_ssl=$(sql "$(dsn cluster-name-kine)" --command "SELECT current_user || ' over ' || version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
echo "$run_ssl"
grep -q 'TLSv1' <<<"$run_ssl"
passed

step "Another tenant's role is refused by that database"
database=$(sql "$(dsn cluster-name-kine)" --command 'SELECT current_database()')
neighbour=$(dsn team-b-kine)
neighbours_database=$(sql "$neighbour" --command 'SELECT current_database()')
psql_as_team_b_in_cluster_names_database() { sql "${neighbour/\/$neighbours_database\?//$database?}" --command 'SELECT 1'; }
refused "permission denied for database" psql_as_team_b_in_cluster_names_database
passed

step "Deleting the ClusterDeployment drops the role and keeps the database"
as_admin() { sql "postgres://admin:$admin_password@127.0.0.1:$postgres_port/$1?sslmode=verify-full&sslrootcert=$directory/ca.crt" --command "$2"; }
role=$(sql "$(dsn cluster-name-kine)" --command 'SELECT current_user')
run kubectl --namespace kcm-system delete helmrelease cluster-name
run kubectl --namespace kcm-system delete clusterdeployment cluster-name
gone() { ! kubectl --namespace kcm-system get clusterdatasource cluster-name; }
wait_for 60 "the ClusterDataSource's end" gone
echo "roles named $role: $(as_admin postgres "SELECT count(*) FROM pg_roles WHERE rolname = '$role'")"
echo "rows kept in database $database: $(as_admin "$database" 'SELECT count(*) FROM public.kine')"
[ "$(as_admin postgres "SELECT count(*) FROM pg_roles WHERE rolname = '$role'")" = 0 ]
[ "$(as_admin "$database" 'SELECT count(*) FROM public.kine')" = 1 ]
passed
